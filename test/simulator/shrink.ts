/** Makes a failing schedule short: leaves out ever smaller runs of steps while it still fails. */

export async function shrunk<Step>(
  steps: readonly Step[],
  fails: (steps: readonly Step[]) => Promise<boolean>,
  runsMax: number,
): Promise<readonly Step[]> {
  let left = steps;
  let runs = 0;
  for (let size = Math.ceil(steps.length / 2); size >= 1; size = Math.floor(size / 2)) {
    for (let at = 0; at < left.length && runs < runsMax; ) {
      const fewer = [...left.slice(0, at), ...left.slice(at + size)];
      runs += 1;
      if (await fails(fewer)) left = fewer;
      else at += size;
    }
  }
  return left;
}
