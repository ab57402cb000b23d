const WITH_VALUE = '--data-dir';
const WITHOUT_VALUE = '--json';

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
  if (command.length === 0) return args;
  const separator = command.indexOf('--');
  const end = separator === -1 ? command.length : separator;
  return [...command.slice(0, end), ...options, ...command.slice(end)];
}
