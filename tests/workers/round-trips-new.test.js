import { roundTrips } from './round-trips.js';
import { workerds } from './workerds.js';

roundTrips(workerds.new);
