import { bundle } from "../images/bundle.ts";

await bundle(process.argv[2]);
