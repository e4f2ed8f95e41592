import type { AnalysisPartsFragment } from '../client/generated/graphql.ts';
import { useFaces } from '../hooks/use-faces.ts';
import { usePurchase, type PurchaseState } from '../hooks/use-purchase.ts';
import { go } from '../hooks/use-route.ts';
import { PageHeading } from './page-heading.tsx';
import { PersonCard } from './person-card.tsx';
import { PurchaseNotice } from './purchase-notice.tsx';

/** Who gets which face, and the one press that buys it. */
export function Casting({ analysis }: { readonly analysis: AnalysisPartsFragment }) {
  const { faces, setFace } = useFaces(analysis.id);
  const purchase = usePurchase(analysis.id, (id) => go({ page: 'task', id }));
  const mappings = analysis.persons.flatMap(({ objId }) => {
    const faceUrl = faces[objId]?.trim() ?? '';
    return faceUrl === '' ? [] : [{ objId, faceUrl }];
  });
  const { persons } = analysis;
  const order = { analysisId: analysis.id, mappings };
  // While an earlier order stands, a press could only repeat its refusal.
  const kind = purchase.problem?.kind;
  const isReady = mappings.length > 0 && kind !== 'conflict' && kind !== 'bought-earlier';

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
        <PurchaseNotice
          problem={purchase.problem}
          earlierTask={purchase.earlierTask}
          onBuyAnother={() => void purchase.buyAnother(order)}
        />
      )}
      <div className="buy-bar">
        <p className="hint" id="buy-hint">
          {hintFor(mappings.length, persons.length)}
        </p>
        <button
          className="primary large"
          type="button"
          aria-describedby="buy-hint"
          aria-disabled={!isReady}
          onClick={() => {
            if (isReady) void purchase.buy(order);
          }}
        >
          {buttonWords(purchase)}
        </button>
      </div>
    </>
  );
}

function hintFor(chosen: number, all: number): string {
  if (chosen === 0) return 'Choose a face to go on.';
  const who = all === 1 ? '' : `${chosen} of ${all} people get a new face. `;
  return `${who}You are charged once, however often you press.`;
}

function buttonWords({ isBuying, problem }: PurchaseState): string {
  if (isBuying) return 'Creating…';
  return problem?.kind === 'unknown' || problem?.kind === 'unheard' ? 'Ask again' : 'Create video';
}
