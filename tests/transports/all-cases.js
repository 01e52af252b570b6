import { cases as plain } from './cases.js';
import { cases as tls } from './tls-cases.js';

export const cases = [...plain, ...tls];
