/** One mutant in a process of its own: its source is broken as it is loaded, then looked for. */
import { registerHooks } from "node:module";
import { mutants } from "./mutants.ts";

const [name, seedsMax = "1000", stepCount = "120"] = process.argv.slice(2);
const mutant = mutants.find((one) => one.name === name);
if (mutant === undefined) throw new Error(`no mutant is called ${name}`);

let places = 0;
registerHooks({
  load(url, context, next) {
    const loaded = next(url, context);
    if (!url.endsWith(`/${mutant.file}`)) return loaded;
    const sound = String(loaded.source);
    places = sound.split(mutant.from).length - 1;
    return { ...loaded, source: sound.replace(mutant.from, () => mutant.to) };
  },
});

const { runSeed } = await import("./run.ts");
const { stepsOf } = await import("./steps.ts");
if (places !== 1) throw new Error(`${mutant.file} has ${places} places, not one, for: ${name}`);

let found: { seed: number; invariant: string; message: string } | null = null;
for (let seed = 1; seed <= Number(seedsMax) && found === null; seed += 1) {
  const { violations } = await runSeed({ seed, steps: stepsOf(seed, Number(stepCount)) });
  const [first] = violations;
  if (first !== undefined) found = { seed, ...first };
}
process.send?.(found, () => process.exit(0));
