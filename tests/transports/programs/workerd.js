import { connect } from '../../../js/transports/workerd.js';
import { fixturesAt, runPrepared } from '../../support/cases.js';
import { cases } from '../all-cases.js';
import { preparing } from '../run.js';

export default {
  /** @param {Request} request */
  async fetch(request) {
    const { searchParams } = new URL(request.url);
    const fixtures = fixturesAt(searchParams.get('fixtures') ?? '');
    return Response.json(
      await runPrepared(
        fixtures,
        cases,
        searchParams.get('name') ?? '',
        preparing('workerd', connect),
      ),
    );
  },
};
