import js from "@eslint/js";
import { config as uiExtensions } from "@hubspot/eslint-config-ui-extensions";
import { defineConfig } from "eslint/config";
import prettier from "eslint-config-prettier";
import react from "eslint-plugin-react";
import reactHooks from "eslint-plugin-react-hooks";
import unusedImports from "eslint-plugin-unused-imports";
import tseslint from "typescript-eslint";

/** The rules `hs project lint` runs; formatting is biome's, at the root of the repository. */
export default defineConfig([
  js.configs.recommended,
  tseslint.configs.recommended,
  tseslint.configs.stylistic,
  react.configs.flat.recommended,
  react.configs.flat["jsx-runtime"],
  { settings: { react: { version: "18.3" } } },
  ...uiExtensions,
  reactHooks.configs.flat["recommended-latest"],
  {
    plugins: { "unused-imports": unusedImports },
    rules: {
      /** The compiler checks props. */
      "react/prop-types": "off",
      "no-unused-vars": "off",
      "@typescript-eslint/no-unused-vars": "off",
      "unused-imports/no-unused-imports": "error",
      "unused-imports/no-unused-vars": "error",
    },
  },
  prettier,
]);
