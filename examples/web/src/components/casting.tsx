import type { AnalysisPartsFragment } from '../client/generated/graphql.ts';
import { useFaces } from '../hooks/use-faces.ts';
import { usePurchase } from '../hooks/use-purchase.ts';
import { go } from '../hooks/use-route.ts';
import { Notice } from './notice.tsx';
import { PageHeading } from './page-heading.tsx';
import { PersonCard } from './person-card.tsx';

/** Who gets which face, and the one press that buys it. */
export function Casting({ analysis }: { readonly analysis: AnalysisPartsFragment }) {
  const { faces, setFace } = useFaces(analysis.id);
  const purchase = usePurchase(analysis.id, (id) => go({ page: 'task', id }));
  const mappings = analysis.persons.flatMap(({ objId }) => {
    const faceUrl = faces[objId]?.trim() ?? '';
    return faceUrl === '' ? [] : [{ objId, faceUrl }];
  });
  const { persons } = analysis;

  return (
    <>
      <PageHeading
        step={2}
        intro="Give a new face to anyone you like. Whoever you leave out stays as they are."
      >
        {persons.length === 1 ? 'We found one person' : `We found ${persons.length} people`}
      </PageHeading>
      <ul className="persons">
        {persons.map((person, index) => (
          <PersonCard
            key={person.id}
            person={person}
            name={`Person ${index + 1}`}
            face={faces[person.objId] ?? ''}
            onFace={(face) => setFace(person.objId, face)}
          />
        ))}
      </ul>
      {purchase.problem !== null && (
        <Notice
          tone={purchase.problem.isUncertain ? 'warning' : 'error'}
          title={purchase.problem.title}
        >
          {purchase.problem.lines.map((line) => (
            <p key={line}>{line}</p>
          ))}
        </Notice>
      )}
      <div className="buy-bar">
        <p className="hint" id="buy-hint">
          {mappings.length === 0
            ? 'Choose a face to go on.'
            : `${mappings.length} of ${persons.length} recast. You are charged once, however often you press.`}
        </p>
        <button
          className="primary large"
          type="button"
          aria-describedby="buy-hint"
          aria-disabled={mappings.length === 0}
          onClick={() => {
            if (mappings.length > 0) void purchase.buy({ analysisId: analysis.id, mappings });
          }}
        >
          {buttonWords(purchase.isBuying, purchase.problem?.isUncertain === true)}
        </button>
      </div>
    </>
  );
}

function buttonWords(isBuying: boolean, isUncertain: boolean): string {
  if (isBuying) return 'Creating…';
  return isUncertain ? 'Ask again' : 'Create video';
}
