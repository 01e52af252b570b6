import * as library from '../../../js/entries/workerd.js';
import '../../../js/near/register-tracking.js';
import { fixturesAt, runPrepared } from '../../support/cases.js';
import { preparing } from '../context.js';
import { cases } from '../suite.js';

export default {
  /** @param {Request} request */
  async fetch(request) {
    const { searchParams } = new URL(request.url);
    const fixtures = fixturesAt(searchParams.get('fixtures') ?? '');
    const name = searchParams.get('name') ?? '';
    return Response.json(await runPrepared(fixtures, cases, name, preparing('workerd', library)));
  },
};
