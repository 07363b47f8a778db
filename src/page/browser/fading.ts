import type {RefObject} from 'preact';
import {useLayoutEffect} from 'preact/hooks';

/** Tells the style at which edges of an element there is more to scroll to: `data-more` has `left`, `right` or both. */
export function useFading(view: RefObject<HTMLElement | null>): void {
  useLayoutEffect(() => {
    const element = view.current;
    if (element === null) return undefined;
    const tell = (): void => {
      const {scrollLeft, clientWidth, scrollWidth} = element;
      const sides = [
        ...(scrollLeft > 1 ? ['left'] : []),
        ...(scrollLeft + clientWidth < scrollWidth - 1 ? ['right'] : []),
      ];
      element.setAttribute('data-more', sides.join(' '));
    };
    const observer = new ResizeObserver(tell);
    for (const one of [element, ...element.children]) observer.observe(one);
    element.addEventListener('scroll', tell, {passive: true});
    tell();
    return () => {
      observer.disconnect();
      element.removeEventListener('scroll', tell);
    };
  }, []);
}
