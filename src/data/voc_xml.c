// One annotation of Pascal VOC (Everingham and others 2010, "The PASCAL visual object classes challenge"): an XML file
// with the size of a picture, and for each object its name and its box.
#include "data/annotations.h"

#include <math.h>
#include <string.h>

#include "base/error.h"
#include "base/format.h"

#ifdef GD_HAVE_XML
#include <libxml/parser.h>
#include <libxml/SAX2.h>

enum { MOST_NAME = 400 };

// A document type may declare entities, which grow without bounds when they are replaced; annotations need none. It is
// refused where it begins, before any of it is read.
static void refuse_type(void *context, const xmlChar *name, const xmlChar *external, const xmlChar *system)
{
    (void)name;
    (void)external;
    (void)system;
    xmlParserCtxtPtr parser = context;
    *(bool *)parser->_private = true;
    xmlStopParser(parser);
}

static const xmlNode *child(const xmlNode *node, const char *name)
{
    for (const xmlNode *at = node == NULL ? NULL : node->children; at != NULL; at = at->next)
        if (at->type == XML_ELEMENT_NODE && strcmp((const char *)at->name, name) == 0)
            return at;
    return NULL;
}

// The text in an element without what surrounds it; false where there is none, or it is longer than `text`.
static bool text_of(const xmlNode *node, char text[MOST_NAME])
{
    const xmlNode *inner = node == NULL ? NULL : node->children;
    if (inner == NULL || (inner->type != XML_TEXT_NODE && inner->type != XML_CDATA_SECTION_NODE))
        return false;
    const char *begin = (const char *)inner->content;
    begin += strspn(begin, " \t\r\n");
    size_t length = strlen(begin);
    while (length > 0 && strchr(" \t\r\n", begin[length - 1]) != NULL)
        length--;
    if (length == 0 || length >= MOST_NAME)
        return false;
    memcpy(text, begin, length);
    text[length] = '\0';
    return true;
}

// NAN: there is none.
static double number_of(const xmlNode *node)
{
    char text[MOST_NAME], *end;
    if (!text_of(node, text))
        return NAN;
    const double value = gd__parse_number(text, &end);
    return *end == '\0' ? value : NAN;
}

static gd_status read_object(const char *where, const xmlNode *object, gd__annotations *a)
{
    char name[MOST_NAME];
    if (!text_of(child(object, "name"), name))
        return gd__fail(GD_ERROR_FORMAT, "%s: line %ld: an object without a name", where, xmlGetLineNo(object));
    const xmlNode *edges = child(object, "bndbox");
    const gd__box box = {number_of(child(edges, "xmin")), number_of(child(edges, "ymin")),
                         number_of(child(edges, "xmax")), number_of(child(edges, "ymax"))};
    if (isnan(box.left) || isnan(box.top) || isnan(box.right) || isnan(box.bottom))
        return gd__fail(GD_ERROR_FORMAT,
                        "%s: line %ld: the object '%.60s' has no box of four numbers: xmin, ymin, xmax and ymax", where,
                        xmlGetLineNo(object), name);
    const int class = gd__annotated_class(a, name);
    if (class < 0)
        return GD_ERROR_FORMAT;
    return gd__annotate_box(a, where, box, class, number_of(child(object, "difficult")) > 0);
}

// The name of a file without its folder and its ending.
static bool stem_of(const char *name, char stem[MOST_NAME])
{
    const char *base = strrchr(name, '/');
    base = base == NULL ? name : base + 1;
    const char *end = strrchr(base, '.');
    const size_t length = end == NULL ? strlen(base) : (size_t)(end - base);
    if (length >= MOST_NAME)
        return false;
    memcpy(stem, base, length);
    stem[length] = '\0';
    return true;
}

static gd_status read_document(const char *name, const xmlNode *root, gd__annotations *a)
{
    char stem[MOST_NAME];
    if (root == NULL || strcmp((const char *)root->name, "annotation") != 0)
        return gd__fail(GD_ERROR_FORMAT, "%s: is no annotation: its root is <%.60s>", name,
                        root == NULL ? "" : (const char *)root->name);
    if (!stem_of(name, stem))
        return gd__fail(GD_ERROR_FORMAT, "%.100s…: its name is too long", name);
    const xmlNode *size = child(root, "size");
    gd_status status =
        gd__annotate_picture(a, name, stem, number_of(child(size, "width")), number_of(child(size, "height")));
    for (const xmlNode *at = root->children; at != NULL && status == GD_OK; at = at->next)
        if (at->type == XML_ELEMENT_NODE && strcmp((const char *)at->name, "object") == 0)
            status = read_object(name, at, a);
    return status;
}

static gd_status parse_error(const char *name, xmlParserCtxtPtr parser)
{
    const xmlError *error = xmlCtxtGetLastError(parser);
    const char *message = error == NULL || error->message == NULL ? "is no XML\n" : error->message;
    return gd__fail(GD_ERROR_FORMAT, "%s: line %d: %.*s", name, error == NULL ? 0 : error->line,
                    (int)strcspn(message, "\n"), message);
}

gd_status gd__voc_parse(const char *name, const char *data, size_t size, gd__annotations *a)
{
    enum { MOST_BYTES = 1 << 24 };
    if (size > MOST_BYTES)
        return gd__fail(GD_ERROR_FORMAT, "%s: has %zu bytes; an annotation has at most %d", name, size, MOST_BYTES);
    xmlParserCtxtPtr parser = xmlNewParserCtxt();
    if (parser == NULL)
        return gd__fail_memory("an annotation");
    bool has_type = false;
    parser->_private = &has_type;
    parser->sax->internalSubset = refuse_type;
    parser->sax->externalSubset = refuse_type;
    xmlDocPtr document = xmlCtxtReadMemory(parser, data, (int)size, NULL, NULL,
                                           XML_PARSE_NONET | XML_PARSE_NOERROR | XML_PARSE_NOWARNING);
    gd_status status = GD_OK;
    if (has_type)
        status = gd__fail(GD_ERROR_FORMAT,
                          "%s: has a document type, in which entities may be declared: annotations have none", name);
    else if (document == NULL)
        status = parse_error(name, parser);
    else
        status = read_document(name, xmlDocGetRootElement(document), a);
    xmlFreeDoc(document != NULL ? document : parser->myDoc);
    xmlFreeParserCtxt(parser);
    return status;
}

#else

gd_status gd__voc_parse(const char *name, const char *data, size_t size, gd__annotations *a)
{
    (void)data;
    (void)size;
    (void)a;
    return gd__fail(GD_ERROR_UNSUPPORTED,
                    "%s: Gradus was built without libxml2, which reads annotations of Pascal VOC (Debian: libxml2-dev)",
                    name);
}

#endif
