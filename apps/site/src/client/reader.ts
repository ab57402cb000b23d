/** Opens the menu of headings where it has a column of its own; on a phone it stays folded. */
export function startReader(): void {
  const isWide = matchMedia('(min-width: 64rem)');
  for (const menu of document.querySelectorAll<HTMLDetailsElement>('details[data-open-wide]')) {
    menu.open = isWide.matches;
    isWide.addEventListener('change', () => {
      menu.open = isWide.matches;
    });
  }
}
