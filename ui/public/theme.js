// Runs before the first paint, so that a chosen theme never flashes. A file of its own, because the page allows no inline script.
(() => {
  try {
    const theme = localStorage.getItem('sapa.theme');
    if (theme === 'light' || theme === 'dark') document.documentElement.dataset.theme = theme;
    const language = localStorage.getItem('sapa.language');
    if (language) document.documentElement.lang = language;
  } catch {
    // Storage may be switched off: the system's theme is used then.
  }
})();
