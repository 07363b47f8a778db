import {useEffect, useState} from 'preact/hooks';

type Theme = 'light' | 'dark';

const storedName = 'distillery-theme';

/** Light or dark: what was chosen here, otherwise what the system says. */
export function useTheme(): {readonly name: Theme; readonly toggle: () => void} {
  const query = matchMedia('(prefers-color-scheme: dark)');
  const [chosen, setChosen] = useState(readChosen);
  const [system, setSystem] = useState<Theme>(query.matches ? 'dark' : 'light');
  useEffect(() => {
    const listen = (): void => setSystem(query.matches ? 'dark' : 'light');
    query.addEventListener('change', listen);
    return () => query.removeEventListener('change', listen);
  }, []);
  const name = chosen ?? system;
  // Before anything below is drawn, since charts ask which colours hold.
  if (chosen !== undefined) document.documentElement.dataset['theme'] = chosen;
  const toggle = (): void => {
    const next = name === 'dark' ? 'light' : 'dark';
    document.documentElement.dataset['theme'] = next;
    setChosen(next);
    try {
      localStorage.setItem(storedName, next);
    } catch {
      // Some browsers keep nothing for files.
    }
  };
  return {name, toggle};
}

function readChosen(): Theme | undefined {
  try {
    const text = localStorage.getItem(storedName);
    return text === 'light' || text === 'dark' ? text : undefined;
  } catch {
    return undefined;
  }
}
