/** One mutant in a process of its own: its source is broken as it is loaded, then looked for. */
import { registerHooks } from "node:module";
import { mutants } from "./mutants.ts";

/** Without a name nothing is broken: what fails then is no find. */
const [name = "", from = "1", to = "1000", stepCount = "120"] = process.argv.slice(2);
const mutant = mutants.find((one) => one.name === name);
if (mutant === undefined && name !== "") throw new Error(`no mutant is called ${name}`);

let places = 0;
registerHooks({
  load(url, context, next) {
    const loaded = next(url, context);
    if (mutant === undefined || !url.endsWith(`/${mutant.file}`)) return loaded;
    const sound = String(loaded.source);
    places = sound.split(mutant.from).length - 1;
    return { ...loaded, source: sound.replace(mutant.from, () => mutant.to) };
  },
});

const { runSeed } = await import("./run.ts");
const { stepsOf } = await import("./steps.ts");
if (mutant !== undefined && places !== 1) {
  throw new Error(`${mutant.file} has ${places} places, not one, for: ${name}`);
}

Error.stackTraceLimit = 0;
let found: { seed: number; invariant: string; message: string } | null = null;
for (let seed = Number(from); seed <= Number(to) && found === null; seed += 1) {
  const { violations } = await runSeed({ seed, steps: stepsOf(seed, Number(stepCount)) });
  const [first] = violations;
  if (first !== undefined) found = { seed, ...first };
}
process.send?.(found, () => process.exit(0));
