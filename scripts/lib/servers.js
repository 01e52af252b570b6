/** Programs that Debian packages: the Redis server, and Chromium with its driver. */

import { aptInstall } from './apt.js';
import { which } from './paths.js';

/** The path of the Redis server. */
export const redisServer = () => which('redis-server');

/** The path of Chromium. */
export const chromium = () =>
  which('chromium') ?? which('chromium-browser') ?? which('google-chrome');

/** The path of Chromium's WebDriver server. */
export const chromedriver = () => which('chromedriver');

export const redis = {
  isReady: () => redisServer() !== null,
  install: () =>
    aptInstall(
      'redis-server',
      'Install Redis 6.2 or newer (https://redis.io/docs/latest/operate/).',
      ['redis-server'],
    ),
};

export const browser = {
  isReady: () => chromium() !== null && chromedriver() !== null,
  install: () =>
    aptInstall(
      'Chromium with chromedriver',
      'Install Chromium or Chrome, and the chromedriver of its version.',
      ['chromium', 'chromium-driver', 'fonts-liberation'],
    ),
};
