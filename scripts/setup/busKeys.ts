/** Shared-access keys of the development bus, each with the least rights that its holder needs. */
export const HOLDERS = { api: ["Send"], worker: ["Listen"], keda: ["Manage"], loadtest: ["Send", "Manage"] } as const;
export type Holder = keyof typeof HOLDERS;
