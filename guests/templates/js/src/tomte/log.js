// The host's log: one line each, with the worker's name. In a test, standard error.

let write = (level, line) => globalThis.console?.error(`${level}: ${line}`);

/** Where the lines go from now on. */
export const logTo = (host) => {
  write = host;
};

export const log = {
  error: (line) => write('error', `${line}`),
  warn: (line) => write('warn', `${line}`),
  info: (line) => write('info', `${line}`),
  debug: (line) => write('debug', `${line}`),
  trace: (line) => write('trace', `${line}`),
};
