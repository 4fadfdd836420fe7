#include "ckpt_mapping.h"

#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "ckpt_messages.h"
#include "core/ipc/ipc_clock.h"

enum {
	TRIES = 3,          /* while the section is being changed */
	PAUSE_MAX = 4096,   /* reads between two askings that fail */
	ELEMENTS_HERE = 4,  /* on the stack, which may be small */
	TIMEOUT_OF_DAEMON = -1,
};

void ckpt_mapping_init(struct ckpt_mapping *mapping)
{
	pthread_rwlockattr_t attributes;

	/* Threads that read without end must not keep out the one that has to map more. */
	pthread_rwlockattr_init(&attributes);
	pthread_rwlockattr_setkind_np(&attributes, PTHREAD_RWLOCK_PREFER_WRITER_NONRECURSIVE_NP);
	*mapping = (struct ckpt_mapping){.pause = 1, .pause_next = 1};
	pthread_rwlock_init(&mapping->lock, &attributes);
	pthread_rwlockattr_destroy(&attributes);
}

static void unmap(struct ckpt_mapping *mapping)
{
	if (mapping->image.base == NULL)
		return;
	munmap((void *)mapping->image.base, mapping->image.size);
	munmap((void *)mapping->image.lease, sizeof(struct image_lease));
	mapping->image = (struct image){0};
}

void ckpt_mapping_clear(struct ckpt_mapping *mapping)
{
	unmap(mapping);
	pthread_rwlock_destroy(&mapping->lock);
}

/* --- Having a mapping. --- */

static void *map_whole(int descriptor, size_t size)
{
	struct stat status;

	if (descriptor < 0 || fstat(descriptor, &status) != 0 || (uint64_t)status.st_size < size || size == 0)
		return NULL;
	void *base = mmap(NULL, size, PROT_READ, MAP_SHARED, descriptor, 0);
	return base == MAP_FAILED ? NULL : base;
}

/* A lease that we cannot read on our clock, or a layout that we do not know: the daemon is asked, as ever. */
static bool is_readable(const struct image *image)
{
	const struct image_header *header = (const void *)image->base;
	const uint64_t clock = ipc_clock_id();

	return header->layout == IMAGE_LAYOUT && image->lease->layout == IMAGE_LAYOUT && clock != 0 && image->lease->clock == clock;
}

static void map(struct ckpt_mapping *mapping, const struct ckpt_map_answer *answer, const int descriptors[2])
{
	struct image image = {.size = answer->size, .generation = answer->generation};

	if (answer->size < sizeof(struct image_header))
		return;
	image.base = map_whole(descriptors[0], answer->size);
	image.lease = map_whole(descriptors[1], sizeof(struct image_lease));
	if (image.base != NULL && image.lease != NULL && is_readable(&image)) {
		mapping->image = image;
		return;
	}
	if (image.base != NULL)
		munmap((void *)image.base, image.size);
	if (image.lease != NULL)
		munmap((void *)image.lease, sizeof(struct image_lease));
}

/* With the lock. The descriptors are not needed once it is mapped: a mapping can grow without. */
static void ask(struct ckpt_mapping *mapping, struct ais_handle *handle, uint64_t open)
{
	struct wire_writer body = {0}, answer_body = {0};
	struct ckpt_map_answer answer;
	int descriptors[2];

	ckpt_open_number_encode(&body, &(struct ckpt_open_number){.open = open});
	const SaAisErrorT error = ais_call_descriptors(handle, CKPT_REQUEST_MAP, TIMEOUT_OF_DAEMON, &body, &answer_body, descriptors);
	struct wire_reader in = wire_reader_of(wire_writer_bytes(&answer_body));
	if (error == SA_AIS_OK && ckpt_map_answer_decode(&in, &answer))
		map(mapping, &answer, descriptors);
	for (int i = 0; i < 2; i++)
		if (descriptors[i] >= 0)
			close(descriptors[i]);
	wire_writer_clear(&body);
	wire_writer_clear(&answer_body);
}

/* One asking in so many reads, fewer and fewer as long as there is nothing to be had. */
static void renew(struct ckpt_mapping *mapping, struct ais_handle *handle, uint64_t open)
{
	pthread_rwlock_wrlock(&mapping->lock);
	if (mapping->pause > 0) {
		mapping->pause--;
	} else if (mapping->image.base == NULL) {
		ask(mapping, handle, open);
		if (mapping->image.base != NULL)
			mapping->pause_next = 1;
		else if (mapping->pause_next < PAUSE_MAX)
			mapping->pause_next *= 2;
		mapping->pause = mapping->pause_next;
	}
	pthread_rwlock_unlock(&mapping->lock);
}

/* False: it stays as it is. */
static bool grow(struct ckpt_mapping *mapping)
{
	bool done = false;

	pthread_rwlock_wrlock(&mapping->lock);
	if (mapping->image.base != NULL) {
		const size_t size = image_size(&mapping->image);
		void *base = size <= mapping->image.size ? (void *)mapping->image.base :
			mremap((void *)mapping->image.base, mapping->image.size, size, MREMAP_MAYMOVE);

		done = base != MAP_FAILED;
		if (done && size > mapping->image.size) {
			mapping->image.base = base;
			mapping->image.size = size;
		}
	}
	pthread_rwlock_unlock(&mapping->lock);
	return done;
}

static void drop(struct ckpt_mapping *mapping, uint64_t generation)
{
	pthread_rwlock_wrlock(&mapping->lock);
	if (mapping->image.generation == generation)
		unmap(mapping);
	pthread_rwlock_unlock(&mapping->lock);
}

/* --- Reading. --- */

static int64_t now_ns(void *context)
{
	(void)context;
	return ipc_clock_ns();
}

static void buffers_free(const SaCkptIOVectorElementT *vector, const struct image_element *elements, SaUint32T count)
{
	for (SaUint32T i = 0; i < count; i++)
		if (vector[i].dataBuffer == NULL)
			free(elements[i].buffer);
}

static enum image_result find(const struct image *image, const SaCkptIOVectorElementT *element, struct image_element *found)
{
	*found = (struct image_element){
		.id = bytes_of(element->sectionId.id, element->sectionId.idLen), .offset = element->dataOffset,
		.size = element->dataBuffer == NULL ? UINT64_MAX : element->dataSize, .buffer = element->dataBuffer,
	};
	const enum image_result result = image_find(image, found);
	if (result != IMAGE_HIT || element->dataBuffer != NULL)
		return result;
	found->buffer = malloc(found->size + 1); /* the caller's, if it is a hit */
	return found->buffer == NULL ? IMAGE_MISS : IMAGE_HIT;
}

/* What was copied and may not be believed must not stand behind a shorter answer of the daemon's: the caller may read his buffer to its end. */
static void buffers_wipe(const SaCkptIOVectorElementT *vector, const struct image_element *elements, SaUint32T count)
{
	for (SaUint32T i = 0; i < count; i++)
		if (vector[i].dataBuffer != NULL && elements[i].size > 0)
			memset(elements[i].buffer, 0, elements[i].size);
}

static enum image_result read_once(const struct image *image, SaCkptIOVectorElementT *vector, struct image_element *elements, SaUint32T count)
{
	enum image_result result = IMAGE_HIT;
	SaUint32T found = 0;

	for (; found < count && result == IMAGE_HIT; found++)
		result = find(image, &vector[found], &elements[found]);
	if (result == IMAGE_HIT) {
		result = image_take(image, elements, count, now_ns, NULL);
		if (result != IMAGE_HIT)
			buffers_wipe(vector, elements, count);
	}
	if (result != IMAGE_HIT) {
		buffers_free(vector, elements, found);
		return result;
	}
	for (SaUint32T i = 0; i < count; i++) {
		vector[i].dataBuffer = elements[i].buffer;
		vector[i].readSize = elements[i].size;
	}
	return IMAGE_HIT;
}

static enum image_result read_mapped(struct ckpt_mapping *mapping, SaCkptIOVectorElementT *vector, struct image_element *elements,
                                     SaUint32T count, uint64_t *generation)
{
	enum image_result result = IMAGE_ENDED;

	pthread_rwlock_rdlock(&mapping->lock);
	*generation = mapping->image.generation;
	for (int try = 0; mapping->image.base != NULL && try < TRIES; try++) {
		result = read_once(&mapping->image, vector, elements, count);
		if (result != IMAGE_BUSY)
			break;
	}
	pthread_rwlock_unlock(&mapping->lock);
	return result;
}

bool ckpt_mapping_read(struct ckpt_mapping *mapping, struct ais_handle *handle, uint64_t open, SaCkptIOVectorElementT *vector,
                       SaUint32T count)
{
	struct image_element here[ELEMENTS_HERE];
	struct image_element *elements = count <= ELEMENTS_HERE ? here : malloc(count * sizeof(*elements));
	enum image_result result = IMAGE_GROWN;
	uint64_t generation;

	if (elements == NULL)
		return false;
	for (int try = 0; result == IMAGE_GROWN && try < TRIES; try++) {
		result = read_mapped(mapping, vector, elements, count, &generation);
		if (result == IMAGE_GROWN && !grow(mapping))
			result = IMAGE_MISS;
	}
	if (elements != here)
		free(elements);
	if (result == IMAGE_ENDED && generation != 0)
		drop(mapping, generation);
	if (result == IMAGE_ENDED)
		renew(mapping, handle, open);
	return result == IMAGE_HIT;
}
