/** Where a certificate that SNS signs with may be. */
export function certificateAddress(text: string, topic: string): URL | undefined {
  const url = snsAddress(text, topic);
  const isCertificate = url !== undefined && url.search === '' && /^\/[\w-]+\.pem$/.test(url.pathname);
  return isCertificate ? url : undefined;
}

/** What confirms the subscription of this topic, and does nothing else. */
export function confirmationAddress(text: string, topic: string): URL | undefined {
  const url = snsAddress(text, topic);
  const isConfirmation =
    url !== undefined &&
    url.pathname === '/' &&
    url.searchParams.getAll('Action').join() === 'ConfirmSubscription' &&
    url.searchParams.getAll('TopicArn').join() === topic;
  return isConfirmation ? url : undefined;
}

/**
 * The URL, if it leads to SNS itself: whoever writes a message chooses the addresses in it, and we ask nobody else. Only the
 * region of the topic, over HTTPS, at its usual port, and without user or fragment.
 */
function snsAddress(text: string, topic: string): URL | undefined {
  const url = URL.parse(text);
  const region = regionOf(topic);
  if (url === null || region === undefined) return undefined;
  const { protocol, hostname, port, username, password, hash } = url;
  const isOurs = hostname === `sns.${region}.amazonaws.com` || hostname === `sns.${region}.amazonaws.com.cn`;
  const isPlain = port === '' && username === '' && password === '' && hash === '';
  return protocol === 'https:' && isOurs && isPlain ? url : undefined;
}

/** `us-east-1` of `arn:aws:sns:us-east-1:123456789012:name`. */
function regionOf(topic: string): string | undefined {
  return /^arn:aws[a-z-]*:sns:([a-z0-9-]+):\d*:[\w.-]+$/.exec(topic)?.[1];
}
