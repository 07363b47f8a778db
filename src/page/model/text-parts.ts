import {groupBy} from '../../base/group-by.ts';
import {commonMedia} from '../../contract/media.ts';
import type {Figures} from '../../inspect/figures.ts';
import {stageOf} from '../../pipeline/graph/stage-of.ts';
import type {FiguresById} from './chart-parts.ts';
import {markdownBlocks} from './markdown-blocks.ts';
import type {TextPart} from './parts.ts';

/** Number of texts that are shown, those of the last stages first. */
const shownTexts = 24;

/** The readable outputs of instances: tables first, with their other formats. */
export function textParts(
  all: FiguresById,
  /** Whether nothing takes the outputs of an instance as input. */
  isFinal: (id: string) => boolean,
): readonly TextPart[] {
  const parts = all.flatMap(([title, {texts}]): readonly TextPart[] => {
    const markdown = texts.filter(({media}) => media === 'markdown');
    const others = texts.filter(
      ({media}) => media !== 'markdown' && (markdown.length > 0 || isFinal(title)),
    );
    const blocks = markdown.flatMap(({text}) => markdownBlocks(text));
    if (blocks.length === 0 && others.length === 0) return [];
    return [{title, blocks, sources: [...markdown, ...others].map(sourceOf)}];
  });
  const rank = ({blocks}: TextPart): number => (blocks.some(({kind}) => kind === 'table') ? 0 : 1);
  const stages = [...groupBy(parts, ({title}) => stageOf(title)).values()];
  return stages
    .toReversed()
    .flat()
    .sort((a, b) => rank(a) - rank(b))
    .slice(0, shownTexts);
}

function sourceOf(text: Figures['texts'][number]): TextPart['sources'][number] {
  return {...text, extension: commonMedia.get(text.media)?.extension ?? 'txt'};
}
