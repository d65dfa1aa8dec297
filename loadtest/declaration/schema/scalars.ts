import * as z from "zod";
import { parseDuration } from "../../model/parseDuration.ts";
import { explained } from "./explained.ts";

/** More than 0, as in `90s`, `2m`, `1m30s` or `500ms`; parsed, in seconds. */
export const duration = explained(
  z
    .string()
    .regex(/^(?=.*[1-9])(\d+(\.\d+)?(ms|s|m|h|d))+$/)
    .transform((text) => parseDuration(text) ?? Number.NaN),
  {
    what: "a duration of more than 0",
    example: "90s",
    advise: (value) => {
      const text = String(value);
      if (/^\d+(\.\d+)?$/.test(text) && Number(text) > 0) {
        return { message: `${text} has no unit`, fix: `write ${text}s for seconds, or another of ms, s, m, h and d` };
      }
      return undefined;
    },
  },
);

const LABEL = /^[a-z0-9]([a-z0-9-]*[a-z0-9])?$/;

/** A name that the file itself gives. */
export const name = explained(z.string().regex(LABEL).max(63), {
  what: "a name of lower-case letters, digits and hyphens",
  example: "orders-backlog",
});

export const namespace = explained(z.string().regex(LABEL).max(63), {
  what: "a namespace's name, of lower-case letters, digits and hyphens",
  example: "shop",
});

/** The name of an object in the cluster. */
export const objectName = explained(
  z
    .string()
    .regex(/^[a-z0-9]([a-z0-9.-]*[a-z0-9])?$/)
    .max(253),
  {
    what: "an object's name, of lower-case letters, digits, hyphens and dots",
    example: "web",
    advise: (value) => {
      const [, bare] = /^[A-Za-z]+\/([a-z0-9.-]+)$/.exec(String(value)) ?? [];
      return bare === undefined
        ? undefined
        : { message: `${JSON.stringify(value)} has a kind before the name`, fix: `write ${bare}` };
    },
  },
);

/** One that another part of the file gives. Whether it does is checked afterwards. */
export const reference = explained(z.string(), { what: "a name that stands in this file", example: "web" });

export const text = explained(z.string().min(1), {
  what: "a text",
  example: '"a text"',
  advise: (value) =>
    typeof value === "number" || typeof value === "boolean"
      ? { message: `${value} is a ${typeof value}, not a text`, fix: `write "${value}"` }
      : undefined,
});

export const file = explained(z.string().min(1), { what: "a path, relative to this file", example: "load.js" });

export const positiveCount = explained(z.int().min(1), { what: "a whole number of at least 1", example: "3" });

export const count = explained(z.int().min(0), { what: "a whole number of at least 0", example: "0" });

/** 0 to 1. */
export const share = explained(z.number().min(0).max(1), {
  what: "a share from 0 to 1",
  example: "0.05",
  advise: (value) => {
    const [, percent] = /^(\d+(?:\.\d+)?) ?%?$/.exec(String(value)) ?? [];
    return percent !== undefined && Number(percent) > 1 && Number(percent) <= 100
      ? { message: `${JSON.stringify(value)} is more than 1`, fix: `write ${Number(percent) / 100} for ${percent} %` }
      : undefined;
  },
});

export const replicas = explained(z.number().min(0), { what: "a number of replicas of at least 0", example: "2" });

/** A program and its arguments. */
export const command = explained(z.array(text).min(1), {
  what: "a program with its arguments, as a list of texts",
  example: "[sh, fill.sh]",
  advise: (value) => {
    const words = typeof value === "string" ? value.trim().split(/\s+/) : [];
    return words.join("") === ""
      ? undefined
      : { message: `${JSON.stringify(value)} is a text, not a list`, fix: `write [${words.join(", ")}]` };
  },
});
