const WITH_VALUE = '--data-dir';
const WITHOUT_VALUE = '--json';
/** Commands that are no noun with a verb. */
const ONE_WORD: ReadonlySet<string | undefined> = new Set(['doctor', 'panic']);

/**
 * Lets the options of every command stand before the noun as well
 * (`pars --data-dir PATH chat read`): moves them behind the command, where the
 * parser looks for them. Everything else keeps its place.
 */
export function moveLeadingOptions(args: readonly string[]): readonly string[] {
  let count = 0;
  for (;;) {
    const option = args[count];
    if (option === WITHOUT_VALUE || option?.startsWith(`${WITH_VALUE}=`) === true) count += 1;
    else if (option === WITH_VALUE && args.length > count + 1) count += 2;
    else break;
  }
  const options = args.slice(0, count);
  const command = args.slice(count);
  // Nothing to do yet: the parser says what can follow.
  const isUnfinished = command.length === 0 || (command.length === 1 && !ONE_WORD.has(command[0]));
  if (isUnfinished) return command;
  const separator = command.indexOf('--');
  const end = separator === -1 ? command.length : separator;
  return [...command.slice(0, end), ...options, ...command.slice(end)];
}
