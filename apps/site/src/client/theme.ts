/**
 * Applies the theme that the reader chose before anything is painted, and brings
 * the switch to life. Without a choice, and without scripts, the system decides.
 */
export function startTheme(): void {
  const root = document.documentElement;
  const system = matchMedia('(prefers-color-scheme: dark)');
  const chosen = readChoice();
  if (chosen !== undefined) root.dataset['theme'] = chosen;

  const isDark = (): boolean =>
    (root.dataset['theme'] ?? (system.matches ? 'dark' : 'light')) === 'dark';

  document.addEventListener('DOMContentLoaded', () => {
    const button = document.getElementById('site:theme');
    if (!(button instanceof HTMLButtonElement)) return;
    const showNext = (): void => {
      button.textContent = (isDark() ? button.dataset['light'] : button.dataset['dark']) ?? '';
    };
    button.addEventListener('click', () => {
      const next = isDark() ? 'light' : 'dark';
      root.dataset['theme'] = next;
      keepChoice(next);
      showNext();
    });
    system.addEventListener('change', showNext);
    showNext();
    button.hidden = false;
  });

  function readChoice(): 'dark' | 'light' | undefined {
    try {
      const kept = localStorage.getItem('pars-theme');
      return kept === 'dark' || kept === 'light' ? kept : undefined;
    } catch {
      // Some browsers give pages from a folder no storage: the choice then lasts for one page.
      return undefined;
    }
  }

  function keepChoice(theme: string): void {
    try {
      localStorage.setItem('pars-theme', theme);
    } catch {
      // See readChoice.
    }
  }
}
