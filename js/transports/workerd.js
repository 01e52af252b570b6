/**
 * The transport for Cloudflare Workers and everything else that runs on workerd.
 */
import { connect as open } from 'cloudflare:sockets';
import { socketConnector } from './workers-socket.js';

export const connect = socketConnector({ connect: open });
