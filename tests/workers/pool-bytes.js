/**
 * What no cache sends to the pool.
 */

/** @param {...string} words */
export const command = (...words) =>
  `*${words.length}\r\n${words.map((word) => `$${word.length}\r\n${word}\r\n`).join('')}`;

/** What code that has the binding could send to shift or stop the replies of everybody, by what it is. */
export const HOSTILE = {
  nothing: '',
  'half a command': '*2\r\n$3\r\nGET\r\n$5\r\nab',
  'an unfinished SET': '*3\r\n$3\r\nSET\r\n$1\r\nk\r\n$1000000\r\nabc',
  'a whole command and half of one': `${command('PING')}*1\r\n$4\r\nPI`,
  'fewer arguments than announced': '*3\r\n$3\r\nGET\r\n$1\r\na\r\n',
  'more arguments than announced': '*1\r\n$4\r\nPING\r\n$1\r\na\r\n',
  'an empty array': '*0\r\n',
  'a null array': '*-1\r\n',
  'a null string': '*2\r\n$3\r\nGET\r\n$-1\r\n',
  'a length with a zero before it': '*01\r\n$4\r\nPING\r\n',
  'a length without digits': '*\r\n',
  'a length beyond all bounds': `*1\r\n$${'9'.repeat(400)}\r\n`,
  'a line that ends otherwise': '*1\n$4\nPING\n',
  'a string that is longer than it says': '*2\r\n$3\r\nGET\r\n$1\r\nabc\r\n',
  'more arguments than Redis takes': '*1048577\r\n$3\r\nDEL\r\n',
  'a command without the protocol': 'PING\r\n',
  'a request of HTTP': 'GET / HTTP/1.1\r\n\r\n',
  'a reply': '+PONG\r\n',
  'small letters': command('get', 'a'),
  ...Object.fromEntries(
    [
      ['SUBSCRIBE', 'a'],
      ['MONITOR'],
      ['MULTI'],
      ['QUIT'],
      ['SELECT', '5'],
      ['AUTH', 'a'],
      ['HELLO', '3'],
      ['CLIENT', 'REPLY', 'OFF'],
      ['BLPOP', 'a', '0'],
      ['FLUSHALL'],
    ].map((words) => [words.join(' '), command('GET', 'a') + command(...words)]),
  ),
};
