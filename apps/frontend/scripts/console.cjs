// What Next.js and libraries say through the console is one line of JSON each, as lib/log writes them.
const { format, stripVTControlCharacters } = require('node:util');

const levels = { debug: 'DEBUG', log: 'INFO', info: 'INFO', warn: 'WARN', error: 'ERROR' };
for (const [word, level] of Object.entries(levels))
  console[word] = (...said) => {
    const message = stripVTControlCharacters(format(...said)).trim();
    if (message)
      process.stdout.write(JSON.stringify({ timestamp: new Date().toISOString(), level, service: 'frontend', message }) + '\n');
  };
