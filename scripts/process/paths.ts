import { homedir } from "node:os";
import { join } from "node:path";

/** The checkout. */
export const ROOT = join(import.meta.dirname, "../..");

/** What survives checkouts and clusters: built tools and images, each under its version. */
export const CACHE =
  process.env.OWNSIGNAL_CACHE ?? join(process.env.XDG_CACHE_HOME ?? join(homedir(), ".cache"), "ownsignal");

/** Where this version of ownsignal deploys in development. */
export const DEV_NAMESPACE = "orders-dev";
export const DEV_OVERLAY = join(ROOT, "kustomize/overlays/dev");
