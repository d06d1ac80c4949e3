/** `npm run policy`: every field's rule in words, and in which order rules decide. */
import { inWords } from "../core/words.ts";
import { config } from "../sync.config.ts";

console.log(inWords(config));
