import { verify, X509Certificate } from 'node:crypto';
import { type SnsMessage, signedText } from './sns-message.ts';

/**
 * Whether the holder of the certificate, which is good at `now` (ms since the epoch), has signed the message. Whose
 * certificate it is says the address that it came from. An old message is as good as a new one: it causes another poll.
 */
export function isSigned(message: SnsMessage, certificate: X509Certificate, now: number): boolean {
  const { signature } = message;
  if (signature === undefined || certificate.publicKey.asymmetricKeyType !== 'rsa') return false;
  if (now < Date.parse(certificate.validFrom) || now > Date.parse(certificate.validTo)) return false;
  const algorithm = signature.version === '1' ? 'sha1' : 'sha256';
  const bytes = Buffer.from(signature.bytes, 'base64');
  return verify(algorithm, Buffer.from(signedText(message)), certificate.publicKey, bytes);
}

/** Undefined for what is no certificate. */
export function parseCertificate(pem: string): X509Certificate | undefined {
  try {
    return new X509Certificate(pem);
  } catch {
    return undefined;
  }
}
