import type { LoadRequest } from '../harness/http-load.ts';

/** Hive Gateway answers in AKOOL's own shape, since nothing between translates it. */
export function hiveQuestion(id: string): LoadRequest {
  const fields = '_id status progress video_url resolution video_duration file_name';
  return {
    path: '/graphql',
    body: JSON.stringify({
      query: `query Task($id: String!) { headSwapTask(_id: $id) { data { ${fields} } } }`,
      variables: { id },
    }),
    expected: {
      headSwapTask: {
        data: {
          _id: id,
          status: 2,
          progress: 40,
          video_url: null,
          resolution: '720p',
          video_duration: 10,
          file_name: 'Headswap_1778806213962.mp4',
        },
      },
    },
  };
}
