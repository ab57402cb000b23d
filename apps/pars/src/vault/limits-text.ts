/** What no vault protects, in the words of PIP-0003 §10. */
export interface LimitsText {
  readonly title: string;
  readonly lines: readonly string[];
  /** What E is. */
  readonly note: string;
}

/** The text in English. */
export const limitsInEnglish: LimitsText = {
  title: 'What is not protected',
  lines: [
    'Anyone can see that Pars and its storage are on this device. Only how many profiles are in it is hidden.',
    'A person who does not believe you may go on.',
    'How long the app was open can be counted. The decoy has to look as much used.',
    "Nothing helps against a device that is already unlocked or taken over: screen, keyboard, memory, swap, traces of the system itself. Nor against the other person's device.",
    'Someone who copied the disk together with E earlier, and learns the password later, reads that copy.',
    'An earlier copy of the disk, together with the decoy password, can show that a duress unlock happened.',
    'If a decoy unlock and a duress unlock write the same, the hidden profile outlives both or neither. So duress destroys the key, not the storage.',
    '"The same packets" is true in private mode, not in fast mode.',
    'Both profiles are reached at the same node. Whoever holds a device of one of your hidden contacts finds there where yours is.',
    'While the program runs, the devices that link with it can be seen, those of hidden contacts among them.',
    'In a browser, erasing is weaker, and whoever serves the page can change the program.',
    'Destroying data may be an offence where you are.',
  ],
  note: '(E is the secret that duress and panic destroy. It lies in a TPM, in the keyring, or at worst in a file.)',
};

/** The same in Persian. */
export const limitsInPersian: LimitsText = {
  title: 'چه چیزی محافظت نمی‌شود',
  lines: [
    'هر کسی می‌تواند ببیند که پارس و انبارهٔ آن روی این دستگاه است. فقط شمار نمایه‌ها پنهان است.',
    'کسی که حرفتان را باور نمی‌کند، شاید دست برندارد.',
    'می‌شود شمرد که برنامه چه مدت باز بوده است. نمایهٔ پوششی باید به همان اندازه به‌کاررفته به نظر برسد.',
    'دستگاهی که باز است یا به دست دیگری افتاده، محافظت نمی‌شود: صفحه، صفحه‌کلید، حافظه و ردهای خود سیستم. دستگاه طرف مقابل هم همین‌طور.',
    'کسی که پیش‌تر از دیسک و E با هم رونوشت گرفته باشد و بعد گذرواژه را بداند، آن رونوشت را می‌خواند.',
    'رونوشت پیشین دیسک همراه با گذرواژهٔ پوششی می‌تواند نشان دهد که گشودن اضطراری رخ داده است.',
    'گشودن پوششی و گشودن اضطراری یکسان می‌نویسند؛ پس گشودن اضطراری کلید را نابود می‌کند، نه انباره را.',
    'یکسان بودن بسته‌ها در شبکه فقط در حالت خصوصی درست است، نه در حالت سریع.',
    'هر دو نمایه در یک گره‌اند. هر که دستگاه یکی از مخاطبان پنهانتان را در دست دارد، نشانی دستگاه شما را در آن می‌یابد.',
    'تا برنامه روشن است، دستگاه‌هایی که به آن وصل می‌شوند دیده می‌شوند؛ دستگاه مخاطبان پنهان هم در میانشان.',
    'در مرورگر پاک کردن ضعیف‌تر است، و هر که صفحه را می‌فرستد می‌تواند برنامه را عوض کند.',
    'نابود کردن داده شاید جایی که هستید جرم باشد.',
  ],
  note: '(E رازی است که گشودن اضطراری و وحشت نابودش می‌کنند. در TPM، در جاکلیدی سیستم یا در بدترین حالت در یک پرونده است.)',
};

/** In Persian where the locale of the process is, else in English. */
export function limitsFor(environment: Readonly<Record<string, string | undefined>>): LimitsText {
  const { LC_ALL, LC_MESSAGES, LANG } = environment;
  const isPersian = [LC_ALL, LC_MESSAGES, LANG].find((value) => value)?.startsWith('fa') === true;
  return isPersian ? limitsInPersian : limitsInEnglish;
}
