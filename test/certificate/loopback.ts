import { readFileSync } from 'node:fs';
import path from 'node:path';
import tls from 'node:tls';

/**
 * A certificate for 127.0.0.1 and localhost, signed by itself, good for a hundred years: Node cannot make one. Its key is public
 * and protects nothing. Made by: openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 36500
 * -subj "/CN=AOS Studio tests, loopback only" -addext "subjectAltName=IP:127.0.0.1,DNS:localhost"
 * -addext "basicConstraints=critical,CA:FALSE" -addext "keyUsage=critical,digitalSignature"
 * -addext "extendedKeyUsage=serverAuth" -keyout loopback.key.pem -out loopback.cert.pem
 */
export const certificateFile = path.join(import.meta.dirname, 'loopback.cert.pem');
export const keyFile = path.join(import.meta.dirname, 'loopback.key.pem');

/** What a TLS server of a test is made with. */
export const serverCertificate = () => ({ cert: readFileSync(certificateFile), key: readFileSync(keyFile) });

/** In this process the certificate is trusted; a child process gets it as NODE_EXTRA_CA_CERTS. */
export function trustLoopback(): void {
  tls.setDefaultCACertificates([...tls.getCACertificates('default'), readFileSync(certificateFile, 'utf8')]);
}
