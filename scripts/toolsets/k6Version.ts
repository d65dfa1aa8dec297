/** The version of k6 that a clone builds, and that the loads are tested with. In a module of its own, since it is all that the npm package knows of the toolsets. */
export const K6_VERSION = "1.8.1";
