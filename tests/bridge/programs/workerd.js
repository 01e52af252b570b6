import * as library from '../../../js/entries/workerd.js';
import { fixturesAt, runPrepared } from '../../support/cases.js';
import { preparing } from '../../e2e/context.js';
import { cases } from '../cases.js';

export default {
  /** @param {Request} request */
  async fetch(request) {
    const { searchParams } = new URL(request.url);
    const fixtures = fixturesAt(searchParams.get('fixtures') ?? '');
    const name = searchParams.get('name') ?? '';
    return Response.json(await runPrepared(fixtures, cases, name, preparing('workerd', library)));
  },
};
