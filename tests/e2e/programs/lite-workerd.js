import * as library from '../../../js/lite/workerd.js';
import { fixturesAt, runPrepared } from '../../support/cases.js';
import { preparing } from '../context.js';
import { liteCases } from '../suite.js';

export default {
  /** @param {Request} request */
  async fetch(request) {
    const { searchParams } = new URL(request.url);
    const fixtures = fixturesAt(searchParams.get('fixtures') ?? '');
    const name = searchParams.get('name') ?? '';
    const prepare = preparing('workerd', library);
    return Response.json(await runPrepared(fixtures, liteCases, name, prepare));
  },
};
