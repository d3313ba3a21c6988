/** Light or dark, before anything is painted: so this is no module. `system` leaves it to the browser. */
(() => {
  const KEY = 'arena-bridge-theme';
  const THEMES = ['system', 'light', 'dark'];

  function chosen() {
    try {
      const kept = localStorage.getItem(KEY);
      return THEMES.includes(kept) ? kept : 'system';
    } catch {
      return 'system';
    }
  }

  function use(theme) {
    if (theme === 'system') delete document.documentElement.dataset.theme;
    else document.documentElement.dataset.theme = theme;
  }

  use(chosen());
  globalThis.arenaBridgeTheme = {
    chosen,
    choose(theme) {
      use(theme);
      try {
        localStorage.setItem(KEY, theme);
      } catch {
        // it holds for this page at least
      }
    },
  };
})();
