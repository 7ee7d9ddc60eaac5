package web

import (
	"container/list"
	"sync"
)

// cache keeps records of all links in memory, up to a number of bytes; the longest unused go first. Each ring has its own
// generation, so nothing of an earlier connection is ever read. A nil value says that there is no such record.
type cache struct {
	mu    sync.Mutex
	limit int
	size  int
	order *list.List
	items map[cacheKey]*list.Element
}

type cacheKey struct {
	generation uint64
	Key
}

type cacheItem struct {
	key   cacheKey
	value []byte
}

func newCache(limit int) *cache {
	return &cache{limit: limit, order: list.New(), items: map[cacheKey]*list.Element{}}
}

// overhead is about what an item costs besides its key's and value's bytes.
const overhead = 200

func (i *cacheItem) cost() int { return overhead + len(i.key.Name) + len(i.value) }

func (c *cache) get(generation uint64, k Key) (value []byte, ok bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	e, ok := c.items[cacheKey{generation, k}]
	if !ok {
		return nil, false
	}
	c.order.MoveToFront(e)
	return e.Value.(*cacheItem).value, true
}

func (c *cache) put(generation uint64, k Key, value []byte) {
	c.mu.Lock()
	defer c.mu.Unlock()
	key := cacheKey{generation, k}
	if e, ok := c.items[key]; ok {
		c.remove(e)
	}
	item := &cacheItem{key: key, value: value}
	c.items[key] = c.order.PushFront(item)
	c.size += item.cost()
	for c.size > c.limit && c.order.Len() > 0 {
		c.remove(c.order.Back())
	}
}

// forget removes a record, which the next reader takes from the database.
func (c *cache) forget(generation uint64, k Key) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if e, ok := c.items[cacheKey{generation, k}]; ok {
		c.remove(e)
	}
}

// drop forgets a whole generation.
func (c *cache) drop(generation uint64) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for e := c.order.Front(); e != nil; {
		next := e.Next()
		if e.Value.(*cacheItem).key.generation == generation {
			c.remove(e)
		}
		e = next
	}
}

func (c *cache) remove(e *list.Element) {
	item := c.order.Remove(e).(*cacheItem)
	delete(c.items, item.key)
	c.size -= item.cost()
}
