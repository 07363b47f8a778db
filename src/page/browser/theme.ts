import {useEffect, useState} from 'preact/hooks';

type ThemeName = 'light' | 'dark';

export interface Theme {
  readonly name: ThemeName;
  readonly toggle: () => void;
}

const storedName = 'distillery-theme';

/** Light or dark: the user's choice on this page, or else the system's setting. */
export function useTheme(): Theme {
  const query = matchMedia('(prefers-color-scheme: dark)');
  const [chosen, setChosen] = useState(readChosen);
  const [system, setSystem] = useState<ThemeName>(query.matches ? 'dark' : 'light');
  useEffect(() => {
    const listen = (): void => setSystem(query.matches ? 'dark' : 'light');
    query.addEventListener('change', listen);
    return () => query.removeEventListener('change', listen);
  }, []);
  const name = chosen ?? system;
  // Set before anything below is drawn, since charts read the colours.
  if (chosen !== undefined) document.documentElement.dataset['theme'] = chosen;
  const toggle = (): void => {
    const next = name === 'dark' ? 'light' : 'dark';
    document.documentElement.dataset['theme'] = next;
    setChosen(next);
    try {
      localStorage.setItem(storedName, next);
    } catch {
      // Some browsers store nothing for files.
    }
  };
  return {name, toggle};
}

function readChosen(): ThemeName | undefined {
  try {
    const text = localStorage.getItem(storedName);
    return text === 'light' || text === 'dark' ? text : undefined;
  } catch {
    return undefined;
  }
}
