/** Answers count code points, JavaScript counts UTF-16 units: they differ after every character outside the first plane. */

/** The unit at which the code point with this number begins. */
export function unitsBefore(text: string, codePoints: number): number {
  let unit = 0;
  for (let point = 0; point < codePoints && unit < text.length; point += 1)
    unit += text.codePointAt(unit)! > 0xffff ? 2 : 1;
  return unit;
}

/** How many code points begin before this unit. */
export function codePointsBefore(text: string, unit: number): number {
  let points = 0;
  for (let at = 0; at < unit; points += 1) at += text.codePointAt(at)! > 0xffff ? 2 : 1;
  return points;
}
