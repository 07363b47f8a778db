import {AwsClient} from 'aws4fetch';
import {HttpRemote, type Authorise, type HttpSetup} from './http-remote.ts';

/** A key of an S3 account. */
export interface S3Credentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string;
}

export interface S3Place {
  readonly bucket: string;
  /** The start of all names, unescaped, without slashes at its ends. Empty: none. */
  readonly prefix: string;
  /** The address of the service. */
  readonly endpoint: URL;
  readonly region: string;
}

/** A bucket of S3 or of a service that speaks its protocol, addressed by path, as all of them allow. */
export function s3Remote(
  {bucket, prefix, endpoint, region}: S3Place,
  credentials: () => Promise<S3Credentials>,
  setup: Omit<HttpSetup, 'authorise'> = {},
): HttpRemote {
  const start = endpoint.href.replace(/\/+$/, '');
  const names = [bucket, ...prefix.split('/')].filter((name) => name !== '');
  // Signatures are of names in which all but the plainest characters are escaped.
  const base = new URL([start, ...names.map((name) => encodeURIComponent(name))].join('/'));
  return new HttpRemote(base, {...setup, authorise: signed(region, credentials)});
}

/** Signs by AWS's Signature Version 4. The digest of the bytes is part of it, so that the service refuses others. */
function signed(region: string, credentials: () => Promise<S3Credentials>): Authorise {
  return async ({method, url, headers, body}) => {
    const client = new AwsClient({...(await credentials()), service: 's3', region});
    const content = body === undefined ? {} : {'x-amz-content-sha256': String(body.digest)};
    const request = await client.sign(url, {method, headers: {...headers, ...content}});
    return Object.fromEntries(request.headers);
  };
}
