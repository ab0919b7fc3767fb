// The arithmetic of the service, rounding by rounding: waves.py, values.py and spatial/exact.py.

export const PI = 3.141592653589793;
const S3 = -1 / 6, S5 = 1 / 120, S7 = -1 / 5040, S9 = 1 / 362880;
const S11 = -1 / 39916800, S13 = 1 / 6227020800, S15 = -1 / 1307674368000;
const S17 = 1 / 355687428096000, S19 = -1 / 121645100408832000, S21 = 1 / 51090942171709440000;

// Sine of radians between -pi / 2 and pi / 2. Math.sin differs from browser to browser.
export function sine(x: number): number {
  const s = x * x;
  const last = S13 + s * (S15 + s * (S17 + s * (S19 + s * S21)));
  return x + x * (s * (S3 + s * (S5 + s * (S7 + s * (S9 + s * (S11 + s * last))))));
}

// Cosine of radians between -pi and pi.
export function cosine(x: number): number {
  const half = sine(0.5 * x);
  return 1 - 2 * half * half;
}

// Metres of one degree of longitude and of latitude.
export function metresPerDegree(latDeg: number): [number, number] {
  const once = cosine((PI * latDeg) / 180);
  const twice = 2 * once * once - 1;
  const thrice = 2 * once * twice - once;
  const four = 2 * twice * twice - 1;
  const five = 2 * once * four - thrice;
  return [111412.84 * once - 93.5 * thrice + 0.118 * five, 111132.954 - 559.822 * twice + 1.175 * four];
}

const FILTER = (3 + 16 * 2 ** -53) * 2 ** -53;
const SPLIT = 2 ** 27 + 1;
const TERMS = new Float64Array(12);

function product(at: number, a: number, b: number): void {
  const p = a * b;
  let t = SPLIT * a;
  const ah = t - (t - a);
  const al = a - ah;
  t = SPLIT * b;
  const bh = t - (t - b);
  const bl = b - bh;
  TERMS[at] = p;
  TERMS[at + 1] = al * bl - (p - ah * bh - al * bh - ah * bl);
}

// On which side of the line a → b the point p lies: above 0 to the left, below 0 to the right, 0 exactly on it.
export function side(ax: number, ay: number, bx: number, by: number, px: number, py: number): number {
  const left = (ax - px) * (by - py);
  const right = (ay - py) * (bx - px);
  const det = left - right;
  return Math.abs(det) > FILTER * (Math.abs(left) + Math.abs(right)) ? det : exactly(ax, ay, bx, by, px, py);
}

// The determinant as twelve doubles whose exact sum it is, summed without any rounding.
function exactly(ax: number, ay: number, bx: number, by: number, px: number, py: number): number {
  product(0, ax, by);
  product(2, -ax, py);
  product(4, -px, by);
  product(6, -ay, bx);
  product(8, ay, px);
  product(10, py, bx);
  for (let i = 1; i < 12; i++) {
    let rest = TERMS[i];
    for (let j = 0; j < i; j++) {
      const a = rest, b = TERMS[j];
      const s = a + b;
      const t = s - a;
      rest = s;
      TERMS[j] = a - (s - t) + (b - t);
    }
    TERMS[i] = rest;
  }
  for (let i = 11; i >= 0; i--) if (TERMS[i] !== 0) return TERMS[i];
  return 0;
}
