import { connect } from '../../../js/transports/workerd.js';
import { laboratoryAt, runPrepared } from '../../support/cases.js';
import { cases } from '../all-cases.js';
import { preparing } from '../run.js';

export default {
  /** @param {Request} request */
  async fetch(request) {
    const { searchParams } = new URL(request.url);
    const lab = laboratoryAt(searchParams.get('laboratory') ?? '');
    return Response.json(
      await runPrepared(lab, cases, searchParams.get('name') ?? '', preparing('workerd', connect)),
    );
  },
};
