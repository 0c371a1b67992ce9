/** How numbers are written. */

const WHOLE = new Intl.NumberFormat("en", { maximumFractionDigits: 0 });
const COMPACT = new Intl.NumberFormat("en", { notation: "compact", maximumFractionDigits: 1 });
const ONE_DIGIT = new Intl.NumberFormat("en", { maximumFractionDigits: 1 });

const BYTE_UNITS = ["B", "KiB", "MiB", "GiB", "TiB"];

/** "1,234". */
export const whole = (value: number): string => WHOLE.format(value);

/** "1,234" as long as that is short, then "12.3K". */
export const compact = (value: number): string =>
  Math.abs(value) < 10_000 ? WHOLE.format(value) : COMPACT.format(value);

/** A rate: "0", "0.4", "12.5", "310", "12.3K". What is not nothing does not look like nothing. */
export function rate(value: number): string {
  if (value <= 0) return "0";
  if (value < 0.1) return "<0.1";
  if (value < 100) return ONE_DIGIT.format(value);
  return compact(value);
}

/** "512 B", "1.5 KiB". */
export function bytes(value: number): string {
  let rest = value;
  let unit = 0;
  while (rest >= 1024 && unit < BYTE_UNITS.length - 1) {
    rest /= 1024;
    unit += 1;
  }
  return `${rest < 100 && unit > 0 ? ONE_DIGIT.format(rest) : WHOLE.format(rest)} ${BYTE_UNITS[unit]}`;
}
