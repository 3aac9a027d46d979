import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { truncate } from '../../../../core/domain/truncate.ts';
import {
  alikeWhenMasked,
  MAX_MESSAGE_LENGTH,
  maskMessage,
  maskType,
} from '../../../../core/domain/verdict/mask.ts';

describe('a message', () => {
  test.each([
    ['DICOM attribute SOPClassUID does not exist', 'DICOM attribute SOPClassUID does not exist'],
    ['UID 1.2.840.10008.5.1.4 is invalid', 'UID # is invalid'],
    ['born 2001-01-09, or 20010109', 'born # or #'],
    ['MRN0012345 and A-77', '# and #'],
    ['file in/DOE/a.dcm is empty', 'file # is empty'],
    ['C:\\scans\\doe.dcm', '#'],
    ['PatientName DOE^JOHN is too long', 'PatientName # is too long'],
    ["value 'DOE JOHN' of it", 'value # of it'],
    ['value "DOE JOHN" of it', 'value # of it'],
    ['value `DOE JOHN` of it', 'value # of it'],
    ["values 'DOE' and 'ROE' differ", 'values # differ'],
    ["it doesn't match 'DOE JOHN'", "it doesn't match #"],
    ["it doesn't match O'BRIEN MARY", "it doesn't match #"],
    ['it doesn\u2019t match \u2018DOE JOHN\u2019', "it doesn't match #"],
    ["the name 'O'BRIEN MARY' is long", 'the name # is long'],
    ['the name "O\'BRIEN MARY" is long', 'the name # is long'],
    ["it doesn't exist", "it doesn't exist"],
    ['  two\n lines\t', 'two lines'],
    ['患者 山田^太郎 は', '#'],
    ['Value \u201cDOE JOHN\u201d is too long', 'Value # is too long'],
    ['Patient ID １２３４５ is not allowed for 山田 太郎', 'Patient ID # is not allowed for #'],
    ['DICOM attribute (0010,0010) is too long (at most 64)', 'DICOM attribute # is too long #'],
    ['file(s) could not be read', 'file(s) could not be read'],
    ["the value 'DOE JOHN is too", 'the value #'],
    ["DOE JOHN' is too long", '# is too long'],
    ['the value [DOE (JOHN] is too', 'the value #'],
    ['DOE JOHN) is too long', '# is too long'],
    ['Patient VAN DER BERG^JAN PIETER is unknown', '# is unknown'],
    ['PatientName =DOE mary JOHN= is unknown', 'PatientName # is unknown'],
    ['PatientName YAMADA TARO=山田^太郎=やまだ^たろう exists', 'PatientName # exists'],
    ['the length < 64', 'the length < #'],
    ['a length > 64, a -> b', 'a length > # a -> b'],
    ['the name < DOE JOHN > is unknown', 'the name # is unknown'],
    ['the value <DOE JOHN is', 'the value #'],
    ['DOE JOHN> is too long', '# is too long'],
    ['a -> b DOE JOHN> c', '# c'],
    ['the name(size DOE) is long', 'the name# is long'],
    ['the value [ DOE JOHN', 'the value #'],
    ['the value] DOE', '# DOE'],
    ['Müller and Jörg differ', '# and # differ'],
    ['the patient DOE^JOHN PETER PAUL is unknown', 'the patient # is unknown'],
    ['', ''],
  ])('%j becomes %j', (message, masked) => {
    expect(maskMessage(message)).toBe(masked);
  });

  const MORE = ' word'.repeat(150);
  test.each([
    ['a quote that ends there', `the value 'DOE JOHN${MORE}'`, 'the value #'],
    ['one quote, where another may follow', `the value 'DOE'${MORE} 'JOHN'`, 'the value #'],
    ['a name that may go on there', `PatientName DOE^JOHN${MORE} mary^`, 'PatientName #'],
    ['a word that goes on there', `key ${'a'.repeat(600)}1 is empty`, 'key #'],
  ])('of which the end is not read is masked as if more of it followed: %s', (_, message, masked) => {
    expect(maskMessage(message)).toBe(masked);
  });

  test('is the same for equal reasons', () => {
    expect(maskMessage("File 'a/1.dcm' of study 1.2.3 failed")).toBe(
      maskMessage("File 'b c/22.dcm' of study 9.8.7.6 failed"),
    );
  });

  test('is cut to its longest length, with a sign of it', () => {
    const masked = maskMessage('letters '.repeat(256));
    expect(masked).toBe(`${'letters '.repeat(MAX_MESSAGE_LENGTH / 8).slice(0, -1)}…`);
  });

  test('of a megabyte without a space is cut like any other, without going over it again and again', () => {
    expect(maskMessage('a'.repeat(1_000_000))).toBe(`${'a'.repeat(MAX_MESSAGE_LENGTH - 1)}…`);
  });
});

const words = fc
  .array(
    fc.constantFrom('value', 'of', 'attribute', 'PatientName', 'is', 'not', "doesn't", 'allowed,', 'in'),
    {
      maxLength: 60,
    },
  )
  .map((list) => list.join(' '));

/** Every character that Unicode gives a property. */
const having = (property: string) => {
  const pattern = new RegExp(`\\p{${property}}`, 'u');
  return Array.from({ length: 0x1_1000 }, (_, code) => String.fromCodePoint(code)).filter((each) =>
    pattern.test(each),
  );
};
const quotes = [...having('Quotation_Mark'), ...having('Pi'), ...having('Pf'), ...'`´¨′″‴‵‶‷⁗ʹʺ〃՚״|*~'];
const brackets = [...having('Ps'), ...having('Pe'), '<', '>'];
const digits = [...having('Nd'), ...having('Nl'), ...having('No')];

/** What stands before and after a value of several words, and may be of different kinds. */
const wrapping = fc.oneof(
  fc.tuple(fc.constantFrom(...quotes), fc.constantFrom(...quotes)),
  fc.tuple(fc.constantFrom(...having('Ps'), '<'), fc.constantFrom(...having('Pe'), '>')),
  fc.constantFrom(['=', '='], ['^', '^'], ['＝', '＝'], ['＾', '＾'], ['ˆ', 'ˆ'], ['＜', '＞']),
);

describe('a marker', () => {
  const runs = { numRuns: 1000, seed: 20 };

  test('in any kind of quotes, brackets and signs of names is not seen, whatever else stands there', () => {
    const value = fc.constantFrom('ZZDOE', 'ZZDOE ZZJOHN', 'zzdoe mary ZZJOHN', "ZZO'BRIEN zzmary");
    fc.assert(
      fc.property(words, wrapping, value, words, (before, [open, close], marker, after) => {
        const message = `${before} ${open}${marker}${close} ${after}`;
        expect(maskMessage(message)).not.toMatch(/zz|mary/i);
      }),
      runs,
    );
  });

  test('that is cut off, or whose other quote is missing, is not seen', () => {
    fc.assert(
      fc.property(words, fc.constantFrom(...quotes), words, (before, quote, after) => {
        expect(maskMessage(`${before} ${quote}zzdoe ZZJOHN`)).not.toMatch(/zz/i);
        expect(maskMessage(`zzdoe ZZJOHN${quote} ${after}`)).not.toMatch(/zz/i);
      }),
      runs,
    );
  });

  test('with a digit of any script, or in one, is not seen', () => {
    fc.assert(
      fc.property(words, fc.constantFrom(...digits), words, (before, digit, after) => {
        const masked = maskMessage(`${before} ZZ${digit} ${digit}ZZ zz${digit}ZZ ${digit} ${after}`);
        expect(masked).not.toContain(digit);
        expect(masked).not.toMatch(/zz/i);
      }),
      runs,
    );
  });

  test('in a bracket that has no other is not seen', () => {
    fc.assert(
      fc.property(
        words,
        fc.constantFrom(...brackets.filter((each) => !/[<>]/.test(each))),
        words,
        (before, bracket, after) => {
          const opens = /\p{Ps}/u.test(bracket);
          const message = opens ? `${before} ${bracket}zz ZZ ${after}` : `${before} zz ZZ${bracket} ${after}`;
          expect(maskMessage(message)).not.toMatch(/zz/i);
        },
      ),
      runs,
    );
  });

  test('in the letters of any script but that of HealthImaging is not seen', () => {
    for (const marker of ['Müller', '山田', 'Иванов', 'יוחנן', 'محمد', 'ＤＯＥ', 'ﬁsher', 'Ḋoe']) {
      expect(maskMessage(`the patient ${marker} is unknown`)).toBe('the patient # is unknown');
    }
  });
});

test('what HealthImaging says by itself is left as it is', () => {
  fc.assert(
    fc.property(words, (message) => {
      expect(maskMessage(message)).toBe(truncate(message, MAX_MESSAGE_LENGTH));
    }),
  );
});

test('any text is masked without an error, and once is enough', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary', maxLength: 700 }), (message) => {
      const masked = maskMessage(message);
      expect(masked).not.toMatch(/[\p{C}\d]/u);
      expect(maskMessage(masked)).toBe(masked);
    }),
    { numRuns: 500 },
  );
});

describe('messages that are alike when masked', () => {
  test.each([
    ['UID 1.2.3 is there twice', 'UID 9.8.7 is there twice', true],
    ['UID 1.2.3 is there twice', 'UID 1.2.3 is there twice', true],
    ['UID 1.2.3 is there twice', 'UID 1.2.3 is there', false],
    ['UID 1.2.3 is there twice', 'UIDs 1.2.3 is there twice', false],
    ['UID 1.2.3 is there twice', 'UID DOE is there twice', false],
    ['UID 1.2.3 is there twice', 'UID 1.2.3 4.5.6 is there twice', false],
    ['UID 1.2.3 is there twice', "UID '1.2.3' is there twice", false],
    ['UID 1.2.3 is there twice', 'UID １.2.3 is there twice', false],
    ['UID 1.2.3 is there twice', 'UID 1.2.3\nis there twice', false],
    ['file in/DOE/1.dcm of A-7 (?)', 'file in/DOE/1.dcm of A-7 (?)', undefined],
    ['file in/DOE/1.dcm of A-7.', 'file C:\\ROE of 20010109', true],
    ['does it exist? $+ 7', 'does it exist? $+ 8', true],
    ['does it exist? $+ 7', 'does it exisx $+ 8', false],
    ['1 2', '3 4', true],
    ['1 2', '3', false],
    ['nothing is masked', 'nothing is masked', undefined],
    ['', '', undefined],
  ])('%j and %j: %s', (message, other, alike) => {
    expect(alikeWhenMasked(message)?.(other)).toBe(alike);
  });

  test('are all that are read to their end, which is of 512 characters', () => {
    const text = 'a'.repeat(510);
    expect(alikeWhenMasked(`1 ${text}`)?.(`2 ${text}`)).toBe(true);
    expect(alikeWhenMasked(`1 ${text}`)?.(`22 ${text}`)).toBe(false);
    expect(alikeWhenMasked(`1 ${text}a`)).toBeUndefined();
  });

  /** Words that are masked, that stay, and that have more than words masked. */
  const masked = fc.constantFrom('1.2.840.10008', 'a/b', 'C:\\DOE', '20010109', 'MRN-7,', '7?', '$1+');
  const kept = fc.constantFrom('value', 'of', 'is', 'twice.', 'PatientName', 'not:', '$+', '?', 'a-b', '#');
  const odd = fc.constantFrom(
    "'DOE",
    '(at',
    '64)',
    'DOE^JOHN',
    'Müller',
    '１',
    '',
    '\t',
    "doesn't",
    'a=b',
    '\u0007',
  );
  const any = fc.oneof({ weight: 4, arbitrary: masked }, { weight: 4, arbitrary: kept }, odd);
  const runs = { numRuns: 3000, seed: 26 };

  test('are masked to the same', () => {
    let alike = 0;
    const end = fc.constantFrom('', '', ' word'.repeat(40), ' word'.repeat(99), ' 7'.repeat(250));
    const ends = fc.oneof(
      end.map((each) => [each, each]),
      fc.tuple(end, end),
    );
    fc.assert(
      fc.property(
        fc.array(fc.tuple(any, any, fc.boolean()), { maxLength: 6 }),
        ends,
        (list, [first, second]) => {
          const message = list.map(([word]) => word).join(' ') + first;
          const other = list.map(([word, instead, stays]) => (stays ? word : instead)).join(' ') + second;
          if (!alikeWhenMasked(message)?.(other)) return;
          alike++;
          expect(maskMessage(other)).toBe(maskMessage(message));
        },
      ),
      runs,
    );
    expect(alike).toBeGreaterThan(100);
  });

  test('are all that differ in masked words of ASCII', () => {
    const words = fc.array(fc.oneof(fc.tuple(masked, masked), fc.tuple(kept, fc.constant(''))), {
      maxLength: 20,
    });
    fc.assert(
      fc.property(fc.tuple(masked, masked), words, (first, list) => {
        const message = [first, ...list].map(([word]) => word).join(' ');
        const other = [first, ...list].map(([word, instead]) => instead || word).join(' ');
        expect(alikeWhenMasked(message)?.(other)).toBe(true);
      }),
      runs,
    );
  });

  test('are no others, whatever character they have', () => {
    const isAlike = alikeWhenMasked('a 1 b');
    const wrong = Array.from({ length: 0x1_0000 }, (_, code) => `a 1${String.fromCharCode(code)}2 b`).filter(
      (other) => isAlike?.(other) && maskMessage(other) !== 'a # b',
    );
    expect(wrong).toEqual([]);
  });

  test('are known from others without trying all ways to read their digits', () => {
    const message = Array.from({ length: 10 }, () => '1'.repeat(50)).join(' ');
    expect(alikeWhenMasked(message)?.(`${message.slice(0, -1)}=`)).toBe(false);
  });
});

describe('a type of error', () => {
  test.each([
    ['ValidationException', 'ValidationException'],
    ['com.amazonaws.Some_Error', 'com.amazonaws.Some_Error'],
    ['DOE JOHN', '#'],
    ['ＤＯＥ', '#'],
    ['Patient1', '#'],
    ['in/DOE', '#'],
    ['A\u001b[2J', '#'],
    ['A'.repeat(101), '#'],
    ['', '#'],
  ])('%j becomes %j', (type, masked) => {
    expect(maskType(type)).toBe(masked);
  });
});

describe('truncate', () => {
  test.each([
    ['abc', 3, 'abc'],
    ['abcd', 3, 'ab…'],
    ['', 3, ''],
    ['😀😀😀', 3, '😀😀😀'],
    ['😀😀😀😀', 3, '😀😀…'],
    ['a😀b', 2, 'a…'],
  ])('%j to %d is %j', (text, length, cut) => {
    expect(truncate(text, length)).toBe(cut);
  });

  test('never leaves half of a surrogate pair', () => {
    for (let length = 1; length < 12; length++) {
      expect(truncate('x😀'.repeat(10), length).isWellFormed()).toBe(true);
    }
  });
});
