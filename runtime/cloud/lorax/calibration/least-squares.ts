/** Share of a column that may be left over before it counts as a blend of the columns before it. */
const INDEPENDENCE = 1e-6;

/**
 * The coefficients x with the smallest sum of (rows · x − values)², none of them negative: a column whose coefficient
 * would be is left out, the most negative one first. Undefined where the rows say nothing about a column (it is always
 * 0, or a blend of columns before it).
 */
export function leastSquares(rows: readonly (readonly number[])[], values: readonly number[]): (number | undefined)[] {
  const width = rows[0]?.length ?? 0;
  const independent = independentColumns(rows, width);
  let columns = independent;
  for (;;) {
    const solution = solve(rows, values, columns);
    const lowest = solution.reduce((worst, value, index) => (value < (solution[worst] ?? 0) ? index : worst), 0);
    if ((solution[lowest] ?? 0) >= 0) {
      const found = new Map(columns.map((column, index) => [column, solution[index]]));
      // Left out because it would be negative: as near as it may come is 0.
      return Array.from(
        { length: width },
        (_, column) => found.get(column) ?? (independent.includes(column) ? 0 : undefined),
      );
    }
    columns = columns.filter((_, index) => index !== lowest);
  }
}

/** By Gram and Schmidt: the columns that keep a part of their own. */
function independentColumns(rows: readonly (readonly number[])[], width: number): number[] {
  const basis: number[][] = [];
  const columns: number[] = [];
  for (let column = 0; column < width; column++) {
    const whole = rows.map((row) => row[column] ?? 0);
    const length = Math.hypot(...whole);
    const own = basis.reduce((rest, direction) => subtract(rest, direction, dot(rest, direction)), whole);
    const ownLength = Math.hypot(...own);
    if (length === 0 || ownLength < INDEPENDENCE * length) continue;
    basis.push(own.map((value) => value / ownLength));
    columns.push(column);
  }
  return columns;
}

/** The normal equations, by Gauss with pivoting. */
function solve(rows: readonly (readonly number[])[], values: readonly number[], columns: readonly number[]): number[] {
  const size = columns.length;
  const matrix = columns.map((a) => [
    ...columns.map((b) => rows.reduce((sum, row) => sum + (row[a] ?? 0) * (row[b] ?? 0), 0)),
    rows.reduce((sum, row, index) => sum + (row[a] ?? 0) * (values[index] ?? 0), 0),
  ]);
  for (let step = 0; step < size; step++) {
    const below = matrix.slice(step).map((row) => Math.abs(row[step] ?? 0));
    const pivot = step + below.indexOf(Math.max(...below));
    [matrix[step], matrix[pivot]] = [matrix[pivot] ?? [], matrix[step] ?? []];
    const head = matrix[step] ?? [];
    for (let other = 0; other < size; other++) {
      const row = matrix[other] ?? [];
      if (other !== step) matrix[other] = subtract(row, head, (row[step] ?? 0) / (head[step] ?? 1));
    }
  }
  return matrix.map((row, index) => (row[size] ?? 0) / (row[index] ?? 1));
}

function dot(a: readonly number[], b: readonly number[]): number {
  return a.reduce((sum, value, index) => sum + value * (b[index] ?? 0), 0);
}

function subtract(a: readonly number[], b: readonly number[], times: number): number[] {
  return a.map((value, index) => value - times * (b[index] ?? 0));
}
