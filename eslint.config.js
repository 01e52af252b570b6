import js from '@eslint/js';
import globals from 'globals';

export default [
  { ignores: ['pkg/', 'docs/api/', 'target/', 'node_modules/', '.wrangler/'] },
  js.configs.recommended,
  {
    linterOptions: { reportUnusedDisableDirectives: 'error' },
    languageOptions: { globals: { ...globals['shared-node-browser'], WebSocketPair: 'readonly' } },
    rules: {
      'default-case-last': 'error',
      'max-depth': ['error', 3],
      'max-lines': ['error', { max: 400, skipBlankLines: true, skipComments: true }],
      'no-else-return': 'error',
      'no-shadow': 'error',
      'no-throw-literal': 'error',
      'no-unused-expressions': 'error',
      'no-unused-vars': ['error', { caughtErrors: 'none' }],
      'no-useless-return': 'error',
      'no-var': 'error',
      'object-shorthand': 'error',
      'prefer-const': 'error',
      'prefer-template': 'error',
      'require-await': 'off',
      curly: ['error', 'multi-line'],
      eqeqeq: 'error',
    },
  },
  {
    files: ['*.js', 'scripts/**', 'benches/**', 'tests/**', 'examples/**'],
    languageOptions: {
      globals: { ...globals.node, ...globals.browser, Bun: 'readonly', Deno: 'readonly' },
    },
  },
  {
    files: ['js/**'],
    rules: { complexity: ['error', 20], 'max-lines-per-function': ['error', 60] },
  },
];
