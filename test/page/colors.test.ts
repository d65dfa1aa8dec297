import { readFile } from "node:fs/promises";
import { join } from "node:path";

type Rgb = readonly [number, number, number];

const css = await readFile(join(import.meta.dirname, "../../loadtest/report/page/style.css"), "utf8");

/** The custom properties that are colours, as they are in light; in dark those of the second block stand over them. */
function colors(scheme: "light" | "dark"): Record<string, string> {
  const blocks = [...css.matchAll(/:root \{([^}]*)\}/g)].map(([, block = ""]) =>
    Object.fromEntries(
      [...block.matchAll(/--([\w-]+): (#[0-9a-f]{3,8});/g)].map(([, name = "", hex = ""]) => [name, hex]),
    ),
  );
  const [light = {}, dark = {}] = blocks;
  return scheme === "light" ? light : { ...light, ...dark };
}

function rgbOf(hex: string | undefined): Rgb {
  const digits = hex
    ?.slice(1)
    .replace(/^(.)(.)(.)$/, "$1$1$2$2$3$3")
    .slice(0, 6);
  if (digits?.length !== 6) throw new Error(`no colour: ${hex ?? "missing"}`);
  const linear = (at: number): number => {
    const value = parseInt(digits.slice(at, at + 2), 16) / 255;
    return value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
  };
  return [linear(0), linear(2), linear(4)];
}

type Matrix = readonly [Rgb, Rgb, Rgb];
const SIGHT: Record<string, Matrix> = {
  full: [
    [1, 0, 0],
    [0, 1, 0],
    [0, 0, 1],
  ],
  // Machado, Oliveira and Fernandes 2009, severity 1.0: https://doi.org/10.1109/TVCG.2009.113
  protanopia: [
    [0.152286, 1.052583, -0.204868],
    [0.114503, 0.786281, 0.099216],
    [-0.003882, -0.048116, 1.051998],
  ],
  deuteranopia: [
    [0.367322, 0.860646, -0.227968],
    [0.280085, 0.672501, 0.047413],
    [-0.01182, 0.04294, 0.968881],
  ],
};

function seen(matrix: Matrix, color: Rgb): Rgb {
  const row = ([red, green, blue]: Rgb): number =>
    Math.min(1, Math.max(0, red * color[0] + green * color[1] + blue * color[2]));
  return [row(matrix[0]), row(matrix[1]), row(matrix[2])];
}

function luminance([red, green, blue]: Rgb): number {
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}

function contrast(one: Rgb, other: Rgb): number {
  const [low, high] = [luminance(one), luminance(other)].sort((a, b) => a - b) as [number, number];
  return (high + 0.05) / (low + 0.05);
}

/** CIE 1976 ΔE of two colours in linear sRGB, D65; 2 is the least that one sees, 10 at a glance. */
function distance(one: Rgb, other: Rgb): number {
  const [a, b] = [lab(one), lab(other)];
  return Math.hypot(a[0] - b[0], a[1] - b[1], a[2] - b[2]);
}

function lab([red, green, blue]: Rgb): Rgb {
  const f = (value: number): number => (value > 0.008856 ? Math.cbrt(value) : 7.787 * value + 16 / 116);
  const x = f((0.4124 * red + 0.3576 * green + 0.1805 * blue) / 0.95047);
  const y = f(0.2126 * red + 0.7152 * green + 0.0722 * blue);
  const z = f((0.0193 * red + 0.1192 * green + 0.9505 * blue) / 1.08883);
  return [116 * y - 16, 500 * (x - y), 200 * (y - z)];
}

/** Curves that stand in one chart. */
const TOGETHER = [
  ["signal", "signal-2"],
  ["ready", "desired", "recommended", "limit"],
];
const STATES = ["pass", "fail", "inconclusive"];
const AT_A_GLANCE = 12;

describe.each(["light", "dark"] as const)("%s", (scheme) => {
  const named = colors(scheme);

  test.each(Object.keys(SIGHT))("curves of a chart are told apart with %s sight", (sight) => {
    const matrix = SIGHT[sight];
    if (matrix === undefined) throw new Error(sight);
    for (const chart of TOGETHER) {
      chart.forEach((one, index) => {
        for (const other of chart.slice(index + 1)) {
          const apart = distance(seen(matrix, rgbOf(named[one])), seen(matrix, rgbOf(named[other])));
          expect({ one, other, apart: apart >= AT_A_GLANCE ? "enough" : apart }).toEqual({
            one,
            other,
            apart: "enough",
          });
        }
      });
    }
  });

  test("every curve stands out from the paper, and every text even more", () => {
    for (const name of TOGETHER.flat())
      expect(contrast(rgbOf(named[name]), rgbOf(named.paper))).toBeGreaterThanOrEqual(3);
    for (const name of ["ink", "soft", "accent", ...STATES, "load-line"]) {
      expect(contrast(rgbOf(named[name]), rgbOf(named.paper))).toBeGreaterThanOrEqual(4.5);
    }
    for (const state of STATES) {
      expect(contrast(rgbOf(named[state]), rgbOf(named[`${state}-paper`]))).toBeGreaterThanOrEqual(4.5);
    }
  });
});
