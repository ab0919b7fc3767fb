// An OpenID provider on loopback with its own pages for signing in, where any name and password will do.
// usage: node provider.mjs PORT REDIRECT_URI…   It says "ready" when it listens.
import { generateKeyPairSync, randomUUID } from 'node:crypto';
import { Provider } from 'oidc-provider';

const [port, ...redirectUris] = process.argv.slice(2);

function signingKey(alg, type, options) {
  const { privateKey } = generateKeyPairSync(type, options);
  return { ...privateKey.export({ format: 'jwk' }), kid: randomUUID(), alg, use: 'sig' };
}

const web = { grant_types: ['authorization_code'], response_types: ['code'], redirect_uris: redirectUris };
// What it knows nobody by: programs that ask for access tokens with their own secret.
const program = {
  grant_types: ['client_credentials'], response_types: [], redirect_uris: [], client_secret: 'program-secret',
};

const provider = new Provider(`http://127.0.0.1:${port}`, {
  clients: [
    // A secret with characters that have to be encoded on their way.
    { ...web, client_id: 'gridsvc', client_secret: 's+cret %:/&=' },
    { ...web, client_id: 'gridsvc-post', client_secret: 'post-secret', token_endpoint_auth_method: 'client_secret_post' },
    { ...web, client_id: 'gridsvc-public', token_endpoint_auth_method: 'none', id_token_signed_response_alg: 'ES256' },
    { ...program, client_id: 'field-app' },
    { ...program, client_id: 'stranger' },
  ],
  clientAuthMethods: ['client_secret_basic', 'client_secret_post', 'none'],
  jwks: { keys: [
    signingKey('RS256', 'rsa', { modulusLength: 2048 }),
    signingKey('ES256', 'ec', { namedCurve: 'P-256' }),
  ] },
  cookies: { keys: ['only for tests'] },
  pkce: { required: () => true },
  features: {
    clientCredentials: { enabled: true },
    resourceIndicators: {
      enabled: true,
      getResourceServerInfo: (_, resource) => ({
        scope: '', audience: resource, accessTokenFormat: 'jwt', accessTokenTTL: 300, jwt: { sign: { alg: 'ES256' } },
      }),
    },
  },
});

provider.listen(Number(port), '127.0.0.1', () => console.log('ready'));
