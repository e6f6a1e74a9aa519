// Light or dark: the system's choice, until the reader makes another. Loaded before the page is drawn.

const KEY = "crossorigin-demo-theme";
const system = matchMedia("(prefers-color-scheme: dark)");
const root = document.documentElement;
const stored = localStorage.getItem(KEY);
if (stored) root.dataset.theme = stored;

/** The theme in force. */
const current = () => root.dataset.theme ?? (system.matches ? "dark" : "light");

/** Makes a button switch between the two. */
export function themeButton(button) {
  const label = () => {
    const other = current() === "dark" ? "light" : "dark";
    button.textContent = other === "dark" ? "Dark" : "Light";
    button.setAttribute("aria-label", `Switch to the ${other} theme`);
  };
  button.addEventListener("click", () => {
    root.dataset.theme = current() === "dark" ? "light" : "dark";
    localStorage.setItem(KEY, root.dataset.theme);
    label();
  });
  system.addEventListener("change", label);
  label();
}
