import { stripTypeScriptTypes } from "node:module";

/** Jest runs the same erased TypeScript that Node runs; blanks stand for types, so lines and columns stay true. */
export default {
  process: (source) => ({ code: stripTypeScriptTypes(source) }),
};
