/* global __JOBS_VERSION__ */

const OURS = "argosy-playground:";
const PREFIX = `${OURS}${__JOBS_VERSION__}:`;

/**
 * localStorage for GraphiQL's tabs and layout, under a prefix that changes with the ready tabs: what is
 * stored wins over ready tabs, so new ones would never show. Leftovers of other versions are dropped.
 */
export function createStorage() {
  const keys = (prefix) => Object.keys(localStorage).filter((key) => key.startsWith(prefix));
  for (const key of keys(OURS)) if (!key.startsWith(PREFIX)) localStorage.removeItem(key);
  return {
    getItem: (key) => localStorage.getItem(PREFIX + key),
    setItem: (key, value) => localStorage.setItem(PREFIX + key, value),
    removeItem: (key) => localStorage.removeItem(PREFIX + key),
    clear: () => keys(PREFIX).forEach((key) => localStorage.removeItem(key)),
    get length() {
      return keys(PREFIX).length;
    },
  };
}
