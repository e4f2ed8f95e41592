import type { TaskPartsFragment } from '../client/generated/graphql.ts';
import { Arrow } from './arrow.tsx';
import { Portrait } from './portrait.tsx';

/** Who gets which face. A task made elsewhere does not tell. */
export function Swaps({ mappings }: Pick<TaskPartsFragment, 'mappings'>) {
  if (mappings === null) return null;
  return (
    <ul className="swaps" aria-label="Who gets which face">
      {mappings.map(({ person, faceUrl }) => {
        const before = person.storedPreview?.url ?? person.previewUrl;
        return (
          <li key={person.id}>
            <Portrait key={before} src={before} alt={`Person ${person.objId + 1}`} />
            <Arrow />
            <Portrait key={faceUrl} src={faceUrl} alt="the new face" />
          </li>
        );
      })}
    </ul>
  );
}
