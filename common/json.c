/* One strict pass from bytes to json-c's tree.
 *
 * json-c's own parser is not used: it lets much through that would have to be refused by a second
 * parser over the same bytes, and two parsers that disagree are a hole. json-c keeps the tree.
 * SPDX-License-Identifier: MIT */
#include "json.h"

#include <json-c/json_object.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "buf.h"
#include "json_text.h"

struct reader {
    const char *text, *at, *end;
    int depth;
    struct buf
        scratch; /* a stack of decoded texts: the keys on the way down, and the text just read */
    struct err *err;
};

static enum err_code read_value(struct reader *reader, struct json_object **out);

static enum err_code refuse(struct reader *reader, const char *why)
{
    return err_set(reader->err, ERR_INVALID, "not JSON at byte %zu: %s",
                   (size_t)(reader->at - reader->text), why);
}

static struct json_object *made(struct json_object *value)
{
    if (value == NULL)
        abort(); /* out of memory */
    return value;
}

static bool is_space(char c)
{
    return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

static void skip_space(struct reader *reader)
{
    while (reader->at < reader->end && is_space(*reader->at))
        reader->at++;
}

static bool take(struct reader *reader, char c)
{
    if (reader->at >= reader->end || *reader->at != c)
        return false;
    reader->at++;
    return true;
}

/* Put the text between quotes on the scratch, with a NUL. The caller takes it off again. */
static enum err_code read_text(struct reader *reader)
{
    const char *why = NULL;
    if (!take(reader, '"'))
        return refuse(reader, "expected a \"");
    while (why == NULL && !take(reader, '"'))
        why = json_text_next(&reader->at, reader->end, &reader->scratch);
    if (why != NULL)
        return refuse(reader, why);
    buf_append_char(&reader->scratch, '\0');
    return ERR_OK;
}

static enum err_code read_string(struct reader *reader, struct json_object **out)
{
    size_t mark = reader->scratch.length;
    enum err_code code = read_text(reader);
    if (code == ERR_OK) {
        size_t length = reader->scratch.length - mark - 1;
        *out = made(json_object_new_string_len(reader->scratch.bytes + mark, (int)length));
    }
    reader->scratch.length = mark;
    return code;
}

static bool skip_digits(struct reader *reader)
{
    const char *start = reader->at;
    while (reader->at < reader->end && *reader->at >= '0' && *reader->at <= '9')
        reader->at++;
    return reader->at > start;
}

/* Go over one number. False when it breaks RFC 8259's grammar; `*integer` says if it has neither
 * fraction nor exponent. */
static bool skip_number(struct reader *reader, bool *integer)
{
    (void)take(reader, '-');
    if (!take(reader, '0') && !skip_digits(reader))
        return false;
    *integer = true;
    if (take(reader, '.')) {
        *integer = false;
        if (!skip_digits(reader))
            return false;
    }
    if (take(reader, 'e') || take(reader, 'E')) {
        *integer = false;
        if (!take(reader, '-'))
            (void)take(reader, '+');
        return skip_digits(reader);
    }
    return true;
}

static enum err_code read_number(struct reader *reader, struct json_object **out)
{
    const char *start = reader->at;
    bool integer;
    if (!skip_number(reader, &integer))
        return refuse(reader, "expected a digit");
    size_t length = (size_t)(reader->at - start);
    if (length > JSON_NUMBER_BYTES_MAX)
        return refuse(reader, "a number is too long");
    char text[JSON_NUMBER_BYTES_MAX + 1];
    memcpy(text, start, length);
    text[length] = '\0';
    /* What int64_t cannot hold becomes its nearest value, which is outside of every range that a
     * schema may state. */
    if (integer)
        *out = made(json_object_new_int64(strtoll(text, NULL, 10)));
    else
        *out = made(json_object_new_double(strtod(text, NULL)));
    return ERR_OK;
}

static enum err_code read_word(struct reader *reader, const char *word, struct json_object *value,
                               struct json_object **out)
{
    size_t length = strlen(word);
    if ((size_t)(reader->end - reader->at) < length || memcmp(reader->at, word, length) != 0) {
        json_object_put(value);
        return refuse(reader, "expected a value");
    }
    reader->at += length;
    *out = value;
    return ERR_OK;
}

static enum err_code refuse_duplicate(struct reader *reader, const char *key)
{
    int shown = (int)json_text_cut(key, 64);
    return err_set(reader->err, ERR_INVALID,
                   "not JSON at byte %zu: the key \"%.*s\" is there twice",
                   (size_t)(reader->at - reader->text), shown, key);
}

/* Read `"key": value` into the object. The key waits on the scratch until its value is read. */
static enum err_code read_member(struct reader *reader, struct json_object *object)
{
    size_t mark = reader->scratch.length;
    struct json_object *value = NULL;
    skip_space(reader);
    enum err_code code = read_text(reader);
    if (code != ERR_OK)
        return code;
    const char *after_key = reader->at;
    const int members = json_object_object_length(object);
    if (members >= JSON_MEMBERS_MAX)
        return refuse(reader, "an object has too many members");
    skip_space(reader);
    if (!take(reader, ':'))
        return refuse(reader, "expected a :");
    code = read_value(reader, &value);
    if (code != ERR_OK)
        return code;
    if (json_object_object_add(object, reader->scratch.bytes + mark, value) != 0)
        abort(); /* out of memory */
    if (json_object_object_length(object) == members) {
        reader->at = after_key;
        return refuse_duplicate(reader, reader->scratch.bytes + mark);
    }
    reader->scratch.length = mark;
    return ERR_OK;
}

static enum err_code read_element(struct reader *reader, struct json_object *array)
{
    struct json_object *value = NULL;
    enum err_code code = read_value(reader, &value);
    if (code == ERR_OK && json_object_array_add(array, value) != 0)
        abort(); /* out of memory */
    return code;
}

/* Read what stands between brackets into `*out`, which is empty; on an error it is freed and NULL.
 */
static enum err_code read_items(struct reader *reader, char close,
                                enum err_code (*read_item)(struct reader *, struct json_object *),
                                struct json_object **out)
{
    enum err_code code = ERR_OK;
    if (++reader->depth > JSON_DEPTH_MAX)
        code = refuse(reader, "too many levels");
    reader->at++; /* the opening bracket */
    skip_space(reader);
    if (code == ERR_OK && !take(reader, close)) {
        do
            code = read_item(reader, *out);
        while (code == ERR_OK && take(reader, ','));
        if (code == ERR_OK && !take(reader, close))
            code = refuse(reader, close == '}' ? "expected , or }" : "expected , or ]");
    }
    reader->depth--;
    if (code != ERR_OK) {
        json_object_put(*out);
        *out = NULL;
    }
    return code;
}

static enum err_code read_bare_value(struct reader *reader, struct json_object **out)
{
    if (reader->at >= reader->end)
        return refuse(reader, "it ends too early");
    switch (*reader->at) {
    case '{':
        *out = made(json_object_new_object());
        return read_items(reader, '}', read_member, out);
    case '[':
        *out = made(json_object_new_array());
        return read_items(reader, ']', read_element, out);
    case '"':
        return read_string(reader, out);
    case 't':
        return read_word(reader, "true", made(json_object_new_boolean(true)), out);
    case 'f':
        return read_word(reader, "false", made(json_object_new_boolean(false)), out);
    case 'n':
        return read_word(reader, "null", NULL, out);
    default:
        if (*reader->at != '-' && (*reader->at < '0' || *reader->at > '9'))
            return refuse(reader, "expected a value");
        return read_number(reader, out);
    }
}

/* Read a value and the space around it. `*out` is NULL on an error. */
static enum err_code read_value(struct reader *reader, struct json_object **out)
{
    skip_space(reader);
    enum err_code code = read_bare_value(reader, out);
    skip_space(reader);
    return code;
}

enum err_code json_read(const char *text, size_t length, struct json_object **out, struct err *err)
{
    struct reader reader = {.text = text, .at = text, .end = text + length, .err = err};
    *out = NULL;
    enum err_code code = read_value(&reader, out);
    if (code == ERR_OK && reader.at < reader.end) {
        code = refuse(&reader, "something follows the value");
        json_release(*out);
        *out = NULL;
    }
    buf_free(&reader.scratch);
    return code;
}

void json_release(struct json_object *value)
{
    json_object_put(value);
}
