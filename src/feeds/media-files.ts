/** What is used of Media RSS. */
interface Media {
  readonly contents?: readonly MediaContent[];
  readonly groups?: readonly {
    readonly contents?: readonly MediaContent[];
    readonly thumbnails?: readonly { readonly url?: string }[];
  }[];
  readonly thumbnails?: readonly { readonly url?: string }[];
}

interface MediaContent {
  readonly url?: string;
  readonly type?: string;
  readonly fileSize?: number;
  readonly thumbnails?: readonly { readonly url?: string }[];
}

export function mediaFiles(media: Media | undefined) {
  return contentsOf(media).map(({ url, type, fileSize }) => ({ url, type, length: fileSize }));
}

export function mediaImage(media: Media | undefined): string | undefined {
  const groups = media?.groups ?? [];
  return [media, ...groups, ...contentsOf(media)].flatMap((part) => part?.thumbnails ?? [])[0]?.url;
}

function contentsOf(media: Media | undefined): readonly MediaContent[] {
  return [...(media?.contents ?? []), ...(media?.groups ?? []).flatMap(({ contents = [] }) => contents)];
}
