import { cardsAsText } from '../cards/card-list.ts';

/** What a person who opens the sandbox, or starts it in a terminal, wants to know. */
export function landingPage(url: string): string {
  return `A stand-in for AKOOL's Head Swap API, for tests. Nothing here costs anything.

Videos to try   ${url}/samples/two-people.mp4   (any name ending in .mp4 will do)
Faces to try    ${url}/samples/face.png   ${url}/samples/face-2.png
Credits         ${url}/credits   (shows and sets them; under 100 they are refilled)

Test cards: put one or more of these names into the path of a URL, as in
${url}/samples/two-people-slow.mp4. In front of a name, "analysis-" or "task-" makes it act
on that kind of job alone. Any other URL will do as well: none is fetched.

${cardsAsText()}
`;
}
